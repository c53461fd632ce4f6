"""Notes, questions and hurrying between the press centre and executors on the card."""
