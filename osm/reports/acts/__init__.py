"""Acts of reports."""
