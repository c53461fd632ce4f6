"""Queries about the black list (П.17, Пр.2.6)."""
