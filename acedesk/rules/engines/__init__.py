"""Decisions about engines: health, choice, how many, when again. Pure."""
