"""Screens about comments on the own pages of the office (Пр.2.6)."""
