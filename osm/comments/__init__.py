"""Comments under the own pages and their moderation (Пр.2.6)."""
