"""Which streams there are, and whether one more may come in."""
