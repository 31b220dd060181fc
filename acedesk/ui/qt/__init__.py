"""Qt itself: how it is imported, its event loop."""
