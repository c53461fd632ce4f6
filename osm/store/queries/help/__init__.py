"""Pages of the help that the press centre wrote."""
