"""`acedesk import-settings`: settings of acexy and acestream-orchestrator become ours."""
