"""What the official site shows of the register of pages: web pages, JSON, open data, a feed; bytes from plain data."""
