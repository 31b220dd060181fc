"""Starting although something is in the way, and starting again."""
