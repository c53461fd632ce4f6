"""The file of one message: everything kept of it as one PDF, and how it is checked."""
