"""Settings of acexy and acestream-orchestrator: which of ours each one is, or why none."""
