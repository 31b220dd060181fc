"""An orchestrator on another address: its engines, who else uses them, what it is told."""
