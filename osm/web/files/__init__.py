"""Screens about files that people attach."""
