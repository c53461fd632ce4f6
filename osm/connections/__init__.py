"""Connections of pages: their keys, and the threads in which networks are asked."""
