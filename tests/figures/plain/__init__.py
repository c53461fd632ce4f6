"""The figures once more: slow, row after row, by the words of `docs/figures.md` and from the tables alone.

Nothing here knows how the product counts. Where the two differ, the page of definitions decides.
"""
