"""Queries of inbox."""
