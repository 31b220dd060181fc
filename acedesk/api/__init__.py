"""HTTP beside the media: health, status and the orchestrator contract."""
