"""Official pages (appendix 2 of the act): the register of them and what a page may show of itself."""
