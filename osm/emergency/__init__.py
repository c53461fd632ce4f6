"""The mode of an emergency: posts are held, a notice goes out, one answer for all (П.20)."""
