"""The language of answers: criteria of П.16 and П.15, style of Пр.2.5, promises. Pure functions on text."""
