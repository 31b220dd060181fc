"""Text, JSON and bytes from outside become frozen values here, or one of our errors."""
