"""A register of any size for the benchmarks: realistic messages in all statuses, on either database, in seconds."""
