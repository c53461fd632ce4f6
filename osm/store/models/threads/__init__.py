"""What is written in the thread of a message after it: by the office itself, and by its author."""
