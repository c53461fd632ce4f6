"""Acts of people."""
