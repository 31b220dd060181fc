"""The HTTP API of the simulated engine."""
