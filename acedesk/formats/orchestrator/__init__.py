"""What an orchestrator tells and is told, as frozen values."""
