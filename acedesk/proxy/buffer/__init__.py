"""The memory between engines and players."""
