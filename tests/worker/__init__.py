"""The worker as real processes: killed at any moment, started twice."""
