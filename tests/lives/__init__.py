"""Random lives of the things in an office, through addresses and forms, as people use them."""
