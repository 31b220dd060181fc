"""Video files with ranges: one engine session for each player."""
