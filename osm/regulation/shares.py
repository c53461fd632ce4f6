"""How a share is rounded and printed, for every screen and file."""

from math import floor

NOTHING = "—"


def percent(part: int, whole: int) -> int | None:
    """Whole per cent, half up; None where the whole is 0."""
    return (200 * part + whole) // (2 * whole) if whole else None


def half_up(number: float) -> int:
    """The nearest whole number; 2.5 is 3."""
    return floor(number + 0.5)


def fraction(part: int, whole: int) -> str:
    """«15 из 16»."""
    return f"{part} из {whole}"


def share_words(part: int, whole: int) -> str:
    """«94 %: 15 из 16»; a dash where the whole is 0."""
    share = percent(part, whole)
    return NOTHING if share is None else f"{share} %: {fraction(part, whole)}"
