"""Networks on loopback: they answer as the real ones are documented to, refuse, delay, cut, and count what happened."""
