"""Acts of imports."""
