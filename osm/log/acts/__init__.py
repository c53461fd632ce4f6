"""Acts of log."""
