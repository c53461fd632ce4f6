"""Screens about the log and its seals."""
