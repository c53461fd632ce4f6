"""Decisions of made-up offices, each with habits of its own: what learning from an office is measured on."""
