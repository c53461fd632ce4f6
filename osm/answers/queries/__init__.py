"""Queries of answers."""
