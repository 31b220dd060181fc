"""What survives a restart: the settings file and the lock on the data folder."""
