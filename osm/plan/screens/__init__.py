"""Screens of plan."""
