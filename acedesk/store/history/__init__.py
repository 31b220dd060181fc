"""What happened and how engines and streams did, in a database."""
