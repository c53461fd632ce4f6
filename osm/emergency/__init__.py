"""The emergency mode: publications are held, a notice is published, one answer for all (П.20)."""
