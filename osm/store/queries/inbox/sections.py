"""The sections of «Ждёт меня»: which there are, what they are called, and where a term belongs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from osm.store.queries.clocks.day import DayBorders


class Section(StrEnum):
    """Part of the list, in this order."""

    NOW = "now"
    TODAY = "today"
    MORNING = "morning"
    LATER = "later"
    NO_TERM = "no-term"


SECTION_LABELS: dict[Section, str] = {
    Section.NOW: "Сейчас",
    Section.TODAY: "Сегодня",
    Section.MORNING: "Завтра с утра",
    Section.LATER: "Позже",
    Section.NO_TERM: "Без срока",
}
FOLDED = frozenset({Section.MORNING, Section.LATER, Section.NO_TERM})
"""Sections that are opened on demand until the afternoon."""

ORDER = tuple(Section)
_NOW, _TODAY, _MORNING, _LATER, _NO_TERM = range(len(ORDER))
NO_SECTION = len(ORDER)
"""Where what waits is no message."""


_FIRST = "Первым делом"
_ON_WEEKDAY = ("В понедельник", "Во вторник", "В среду", "В четверг", "В пятницу", "В субботу", "В воскресенье")


def section_label(section: Section, borders: DayBorders) -> str:
    """The name of a section; before days off «завтра» is the next working day by its name.

    When the day is over nothing is «сейчас»: what is late or will be short comes first in the morning.
    """
    if section is Section.NOW and borders.is_over:
        return _FIRST
    days = (borders.morning.date() - borders.opens.date()).days
    if section is not Section.MORNING or days == 1:
        return SECTION_LABELS[section]
    date = f" {borders.morning:%d.%m}" if days >= len(_ON_WEEKDAY) else ""
    return f"{_ON_WEEKDAY[borders.morning.weekday()]}{date} с утра"


def section_of(due: datetime | None, urgent: bool, runs: bool, borders: DayBorders) -> int:
    """The section of a message, by its number in ORDER. Computed for every row of every open list."""
    if urgent:
        return _NOW
    if due is None:
        # A term that runs and is not known stands in red at the top: the calendar has to be entered.
        return _NOW if runs else _NO_TERM
    if due <= borders.soon:
        return _NOW
    if due <= borders.today:
        return _TODAY
    return _MORNING if due <= borders.morning else _LATER
