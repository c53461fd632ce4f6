"""Reminders as the page and the letters show them."""
