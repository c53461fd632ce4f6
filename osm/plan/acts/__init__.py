"""Acts of plan."""
