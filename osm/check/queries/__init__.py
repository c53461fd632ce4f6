"""Queries of check."""
