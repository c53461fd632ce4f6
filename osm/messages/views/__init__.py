"""Views of messages."""
