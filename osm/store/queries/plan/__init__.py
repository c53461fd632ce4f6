"""The content plan as screens show it."""
