"""The own pages: their register and security, comments on them, the black list."""
