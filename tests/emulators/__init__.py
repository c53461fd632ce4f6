"""Networks on loopback: they answer as documented, refuse, delay, cut, and count what happened."""
