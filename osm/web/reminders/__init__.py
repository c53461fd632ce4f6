"""The bell: what one is reminded of, and how one wants it."""
