"""From packets to players: the clients of a stream."""
