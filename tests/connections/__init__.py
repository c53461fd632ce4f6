"""Pages in networks."""
