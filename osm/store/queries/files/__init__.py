"""Queries about files that people attach."""
