"""Whether two messages are about the same matter (П.15): place, matter and similar text in word forms; pure functions.

`score.read(text, place)` finds the traits of a message, `score.compare` compares two.
"""
