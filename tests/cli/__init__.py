"""The commands, called as an administrator calls them."""
