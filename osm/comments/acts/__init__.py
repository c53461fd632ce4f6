"""Acts of comments."""
