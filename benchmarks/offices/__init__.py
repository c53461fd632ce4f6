"""Decisions of simulated offices with different habits, to measure learning from an office."""
