"""Screens of urgent."""
