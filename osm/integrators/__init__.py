"""Other systems: they hand messages over and read their state (API), and receive events (webhook)."""
