"""Connected pages: keys, what the networks say, and what the program sends to them."""
