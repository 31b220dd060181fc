"""Several AceDesks work together over a Redis: who carries which content, and the load."""
