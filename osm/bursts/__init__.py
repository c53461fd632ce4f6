"""Heightened activity: many messages of one matter in a short time (П.20)."""
