"""A message entered by hand."""
