"""Dockers of other computers, on the Engines page."""
