"""What a video says of itself: the size of its pictures."""
