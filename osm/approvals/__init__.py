"""Approval of a draft by the curator (П.11)."""
