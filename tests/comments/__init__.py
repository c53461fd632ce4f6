"""The queue of comments: import, check, decisions, claims, undo, what must happen outside."""
