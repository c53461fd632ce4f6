"""Figures of a period: their definitions, how they are counted, and the messages that each of them counts."""
