"""From engines to packets: who carries a stream, and how its bytes are read."""
