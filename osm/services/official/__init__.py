"""Official pages (appendix 2 of the act): the register and what the site shows of it."""
