"""Watching a Gluetun container: is it there, is it healthy, what does it forward."""
