"""Playing a link: the one path from a link to a picture, and what is shown of it."""
