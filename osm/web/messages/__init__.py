"""Screens about messages: how they come in, who works on them, how they are closed and opened again."""
