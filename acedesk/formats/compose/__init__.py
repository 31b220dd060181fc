"""Environment files and compose files: what they say of each service, with variables put in."""
