"""Complaints about a deletion or a ban, reviewed by somebody else (П.17, Пр.2.6)."""
