"""The read side: each module answers one screen or command with frozen dataclasses, in a fixed number of statements."""
