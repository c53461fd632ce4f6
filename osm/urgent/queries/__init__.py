"""Queries of urgent."""
