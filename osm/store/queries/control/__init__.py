"""Queries about what leaders are told, have asked for and decide."""
