"""Use cases about the office's calendar."""
