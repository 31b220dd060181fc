"""Files that settings are imported from, and the copy of our own from before."""
