"""Figures of a period: definitions, counting, pages, files."""
