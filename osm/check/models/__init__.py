"""Models of check."""
