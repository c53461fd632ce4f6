"""Simulated months of a small town, to measure the notice of heightened activity (clause 20)."""
