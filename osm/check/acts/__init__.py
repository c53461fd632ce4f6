"""Acts of check."""
