"""Memos and questions of the help, written by the press centre (Пр.1.2.2)."""
