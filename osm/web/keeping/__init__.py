"""Screens about the backups."""
