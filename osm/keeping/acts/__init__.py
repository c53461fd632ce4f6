"""Acts of keeping."""
