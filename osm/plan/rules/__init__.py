"""Rules of plan."""
