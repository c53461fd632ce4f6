"""Protection of the office's pages: checks, administrators, keys to hand over (Пр.1.2.3)."""
