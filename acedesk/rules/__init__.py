"""Decisions: values in, values out; the time is a parameter; no I/O, no logging."""
