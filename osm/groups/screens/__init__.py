"""Screens of groups."""
