"""Acts of files."""
