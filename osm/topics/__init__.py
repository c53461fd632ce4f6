"""Topics, their departments, and who is proposed for a message."""
