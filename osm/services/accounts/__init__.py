"""Pages in networks: their keys, what is heard of them, what goes out."""
