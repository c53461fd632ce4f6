"""Use cases about people who log in, departments, absences."""
