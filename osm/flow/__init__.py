"""How an act changes a message: the act itself, assignments, and the clocks that it moves (П.7 to П.14)."""
