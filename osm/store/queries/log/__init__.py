"""Queries about the log and its seals."""
