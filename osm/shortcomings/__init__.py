"""Shortcomings and the memo of them to the head (П.19)."""
