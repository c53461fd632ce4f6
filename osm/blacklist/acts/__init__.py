"""Acts of blacklist."""
