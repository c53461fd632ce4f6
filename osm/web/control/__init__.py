"""Screens of what leaders are told, have asked for and decide."""
