"""Qt itself: its event loop."""
