"""Use cases about the office's own words."""
