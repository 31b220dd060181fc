"""Who sends a request, and whether it is let in: asked once, before its route."""
