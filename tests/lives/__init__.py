"""Random lives of the things that the office works with, through addresses and forms, as people live them."""
