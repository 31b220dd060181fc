"""Reports of streams that an orchestrator has not taken yet, kept over an outage and a restart."""
