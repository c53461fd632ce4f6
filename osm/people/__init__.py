"""People, departments, absences, sessions and the office itself (П.3)."""
