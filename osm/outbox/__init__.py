"""What must happen in a network: claimed, tried, looked up, left to people."""
