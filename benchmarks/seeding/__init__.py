"""A register of any size for the benchmarks: believable messages in all statuses, on either database, in seconds."""
