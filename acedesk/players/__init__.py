"""Players on this machine: find them and hand them a URL."""
