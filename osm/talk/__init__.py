"""Notes, questions and reminders to hurry between the press centre and executors on the card."""
