"""Screens about the clocks of messages and their terms."""
