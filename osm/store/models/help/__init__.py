"""Tables of the help."""
