"""Queries of shortcomings."""
