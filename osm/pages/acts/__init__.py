"""Acts of pages."""
