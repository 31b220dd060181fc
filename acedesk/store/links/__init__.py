"""Links that a person gave and that did not play yet."""
