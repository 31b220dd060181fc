"""Rates, gaps and counts."""
