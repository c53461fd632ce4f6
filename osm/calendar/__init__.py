"""The office's calendar: working days, changes, and their effect on running terms."""
