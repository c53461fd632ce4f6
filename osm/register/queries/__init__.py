"""Queries of register."""
