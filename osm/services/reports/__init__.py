"""Forms of reports: their templates, and what they are filled with."""
