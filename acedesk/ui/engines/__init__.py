"""The Engines page: what runs, what is on its way, and what can be done with it."""
