"""From the signs of a text to its words."""
