"""Where the administrator begins."""
