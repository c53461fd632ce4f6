"""Use cases about the curator's decision on an answer (П.11, П.16)."""
