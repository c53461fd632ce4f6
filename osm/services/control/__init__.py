"""Use cases of control: instructions and urgent reports to the head, shortcomings and memos (П.19, П.20)."""
