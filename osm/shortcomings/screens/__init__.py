"""Screens of shortcomings."""
