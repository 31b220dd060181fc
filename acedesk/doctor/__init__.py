"""Checks of this computer, each with what to do about a failure."""
