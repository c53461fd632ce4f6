"""Comments in a network thread after our answer."""
