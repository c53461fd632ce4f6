"""Use cases about the clocks of messages and their terms."""
