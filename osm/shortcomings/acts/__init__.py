"""Acts of shortcomings."""
