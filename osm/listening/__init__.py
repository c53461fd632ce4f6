"""What networks tell."""
