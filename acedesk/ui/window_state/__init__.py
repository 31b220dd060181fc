"""What is remembered of the window, and how it fits the screen."""
