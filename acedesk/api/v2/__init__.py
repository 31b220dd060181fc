"""Our own shapes, under /api/v2."""
