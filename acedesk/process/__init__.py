"""Upkeep of this process: heap, collector, event loop."""
