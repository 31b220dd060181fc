"""The contract of acestream-orchestrator, exact: at the root and under /api/v1."""
