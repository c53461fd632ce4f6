"""Use cases about what is written in the thread of a message after it."""
