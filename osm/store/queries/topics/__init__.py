"""Queries about the topics of the office."""
