"""Queries about what the worker reads in texts: verdicts, repeats, copies, words of the search."""
