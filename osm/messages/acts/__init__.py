"""Acts of messages."""
