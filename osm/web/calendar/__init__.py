"""Screens about the office's calendar."""
