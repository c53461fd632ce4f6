"""Acts of answers."""
