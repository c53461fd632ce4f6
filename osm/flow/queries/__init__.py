"""Queries of flow."""
