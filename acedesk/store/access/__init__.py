"""The tokens of devices: kept as hashes; the one secret that is handed out again and again."""
