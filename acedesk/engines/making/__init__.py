"""How often and how fast engines are made, and when one that was made is ready."""
