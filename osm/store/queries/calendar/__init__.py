"""Queries about the office's calendar."""
