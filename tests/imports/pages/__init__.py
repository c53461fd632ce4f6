"""Imports on screens, one file per action."""
