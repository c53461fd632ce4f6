"""Screens about the topics of the office."""
