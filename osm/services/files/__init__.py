"""Use cases about files that people attach."""
