"""Official pages: the register of accounts, and what the site shows of it."""
