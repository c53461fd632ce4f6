"""Views of register."""
