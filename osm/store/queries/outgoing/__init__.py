"""What goes out into the networks: on which page, and whether something holds it."""
