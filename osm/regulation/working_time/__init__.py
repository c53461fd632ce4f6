"""Working time: the production calendar, an office's own, and counting in it."""
