"""Screens about people who log in, departments, absences."""
