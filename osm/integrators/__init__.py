"""Systems of others that hand messages over and read their state (API), and that are told of events (webhook)."""
