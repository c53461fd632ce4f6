"""Screens about the office's own words."""
