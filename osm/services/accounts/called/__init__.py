"""Networks that call us: what they tell is stored as it came, once, and worked off by the worker."""
