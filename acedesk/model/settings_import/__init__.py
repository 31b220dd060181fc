"""Settings of other programs: where they stand, and what becomes of them here."""
