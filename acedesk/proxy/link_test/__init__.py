"""A link is tried on an engine that nobody uses."""
