"""Screens about several executors of one message, each with his part (П.14)."""
