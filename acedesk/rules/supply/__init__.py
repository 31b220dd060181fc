"""Which engines play a stream: the machine, its values, and what it learns."""
