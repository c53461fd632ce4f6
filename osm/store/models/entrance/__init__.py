"""Tables of logging in."""
