"""Security of the pages (Пр.1.2.3): what is written down about them, checks, reminders, and who leaves."""
