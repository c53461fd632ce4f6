"""The screens of an emergency."""
