"""Messages on the same matter with one answer, and answers of several departments (П.14)."""
