"""Use cases about one common answer to many messages."""
