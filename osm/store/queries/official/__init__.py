"""Official pages: the register as it stands, as it stood, and what changed."""
