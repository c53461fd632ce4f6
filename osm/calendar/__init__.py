"""The office's calendar: working days, changes of it, and what they do to running terms."""
