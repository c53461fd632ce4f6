"""Acts of groups."""
