"""What players ask, and what they are answered."""
