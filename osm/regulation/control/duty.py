"""The duty roster of П.20 as rules: which turns a line of it means, and whose turn it is at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

MOST_DAYS = 62
"""Days that are entered at once."""


@dataclass(frozen=True, slots=True)
class Turn:
    """From `begins` on, until `ends`: who comes next has the instant between them."""

    begins: datetime
    ends: datetime

    def meets(self, other: Turn) -> bool:
        return self.begins < other.ends and other.begins < self.ends


def turns_of(first_day: date, last_day: date, begins: time, ends: time, zone: tzinfo) -> list[Turn]:
    """A turn for each of these days, both included, by the local clock; one that ends no later ends the next day."""
    over = timedelta(days=1) if ends <= begins else timedelta(0)
    days = (first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1))
    return [Turn(datetime.combine(day, begins, zone), datetime.combine(day + over, ends, zone)) for day in days]


def first_clash(turns: Iterable[Turn], others: Iterable[Turn]) -> tuple[Turn, Turn] | None:
    """The first of these turns that meets one of the others, or another of these."""
    known = list(others)
    for turn in sorted(turns, key=lambda one: one.begins):
        clash = next((other for other in known if turn.meets(other)), None)
        if clash is not None:
            return turn, clash
        known.append(turn)
    return None
