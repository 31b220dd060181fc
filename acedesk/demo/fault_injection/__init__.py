"""Faults that the simulated engine shows on demand."""
