"""Commands about engines."""
