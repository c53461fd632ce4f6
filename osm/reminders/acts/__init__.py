"""Acts of reminders."""
