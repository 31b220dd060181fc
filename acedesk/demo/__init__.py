"""The built-in simulated engine and its test card."""
