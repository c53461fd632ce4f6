"""The content plan (Пр.1.2.4): publications written, approved, given a time, placed."""
