"""Demonstration data: an invented office and its messages in every status, placed around the present instant."""
