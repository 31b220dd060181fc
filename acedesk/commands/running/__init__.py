"""What the running AceDesk is asked for over its HTTP API."""
