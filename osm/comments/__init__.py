"""Comments on the office's own pages and their moderation (Пр.2.6)."""
