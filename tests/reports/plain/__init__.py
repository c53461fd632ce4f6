"""The figures once more: slow, row after row, by the definitions of `docs/figures.md` and from the tables alone.

Nothing here knows how the product counts. If the two differ, the page of definitions is right.
"""
