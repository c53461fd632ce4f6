"""Official pages: the register with its history."""
