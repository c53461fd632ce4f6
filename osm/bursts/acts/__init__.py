"""Acts of bursts."""
