"""Queries about the register of messages and its journal."""
