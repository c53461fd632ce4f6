"""Screens about one common answer to many messages."""
