"""The window around the pages, the tray, start and end."""
