"""The content plan (Пр.1.2.4, 2.1-2.5)."""
