"""The sealed log: what is sealed and when, and that every change of it is found."""
