"""Whether two messages speak of the same matter (П.15): place, matter and near text in word forms; pure functions.

`traits.read(text, place)` finds what a message says of itself, `score.compare` what two of them have in common.
"""
