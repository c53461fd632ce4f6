"""Use cases about the text of an answer: written, checked, published, and what it promised."""
