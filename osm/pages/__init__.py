"""The office's pages and their public register (Пр.1.2.1, 1.3, 2.1, 2.4)."""
