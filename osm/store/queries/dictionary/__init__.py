"""Queries about the office's own words."""
