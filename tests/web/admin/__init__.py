"""Administration: people, departments, topics."""
