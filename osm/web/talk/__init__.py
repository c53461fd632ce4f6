"""Screens of the talk on cards."""
