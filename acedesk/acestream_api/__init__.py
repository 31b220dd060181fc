"""How an engine is asked."""
