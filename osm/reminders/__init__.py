"""Reminders by letter of what is due."""
