"""Acts of urgent."""
