"""Acts of guarding."""
