"""Connectors: what brings messages in from outside; they return frozen dataclasses and never touch the database."""
