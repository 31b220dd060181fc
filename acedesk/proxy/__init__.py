"""The data plane: from a player request down to the bytes, one stream at a time."""
