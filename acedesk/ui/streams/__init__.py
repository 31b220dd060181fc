"""The Streams page: what plays, how well, who watches, and why."""
