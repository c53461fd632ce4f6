"""Reminders: written by the worker from the log and the clocks, shown in the page, sent by mail."""
