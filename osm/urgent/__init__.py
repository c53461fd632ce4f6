"""Urgent reports to the head, instructions, facts for departments, shifts and duty (П.20)."""
