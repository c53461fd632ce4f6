"""Answers: drafts, the check of them, templates, promises, publishing (П.8 to П.16)."""
