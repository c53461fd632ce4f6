"""Simulated months of a small town: what the notice of heightened activity (clause 20) is measured on."""
