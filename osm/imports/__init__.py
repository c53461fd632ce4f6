"""Imports of exports: reading, mending, publishing, recall, and the way back (П.7)."""
