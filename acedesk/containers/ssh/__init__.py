"""Docker on other computers, asked through the ssh command."""
