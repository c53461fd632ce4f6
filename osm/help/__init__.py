"""Help pages, memos and templates that the press centre edits (Пр.1.2.2)."""
