"""The sealed log: what is sealed when, and that whatever is done to it is found."""
