"""Messages: entry, routing, closing, links, and the card (П.1 to П.9)."""
