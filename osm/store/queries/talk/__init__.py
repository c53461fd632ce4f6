"""Queries about the talk of the office on cards."""
