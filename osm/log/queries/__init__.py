"""Queries of log."""
