"""Use cases about the log and its seals."""
