"""The screens of the pages in networks."""
