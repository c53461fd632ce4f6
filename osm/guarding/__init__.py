"""Protection of the own pages: checks, keepers, keys to hand over (Пр.1.2.3)."""
