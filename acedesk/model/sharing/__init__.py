"""What is seen of several AceDesks that work together."""
