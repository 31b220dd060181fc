"""The window without a mouse: the order of Tab, where the focus is, and the shortcuts."""
