"""Tables of the security of the pages."""
