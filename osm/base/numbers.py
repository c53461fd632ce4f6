"""Whole numbers as people and other programs write them: in the digits 0 to 9 alone, and no longer than a column.

`str.isdigit` is true of «²» as well, which `int` refuses, and `int` itself refuses 5,000 digits."""

from collections.abc import Iterable


def is_number(text: str) -> bool:
    """Whether there is nothing but digits, however many."""
    return text.isascii() and text.isdigit()


def whole(text: str, digits: int = 9) -> int | None:
    """The number; None where the text is none, or has more digits."""
    return int(text) if is_number(text) and len(text) <= digits else None


def all_whole(texts: Iterable[str]) -> list[int]:
    """The numbers among these; our own forms send nothing else."""
    return [number for text in texts if (number := whole(text)) is not None]
