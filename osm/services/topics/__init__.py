"""Use cases about the topics of the office."""
