"""The duty roster of П.20 as rules: which turns a line of it means, and who is on duty at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from osm.regulation import errors
from osm.regulation.working_time import worktime

MOST_DAYS = 62  # days that are entered at once
SATURDAY = 5


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


def days_off_after(today: date, calendar: worktime.WorkCalendar) -> list[date]:
    """The days without working hours that begin tomorrow; none where today is no working day itself."""
    found: list[date] = []
    try:
        if not calendar.day(today).hours:
            return []
        while not calendar.day(day := today + timedelta(days=len(found) + 1)).hours:
            found.append(day)
    except errors.CalendarOutOfRange:
        pass  # as far as it is known
    return found


def is_holiday(days_off: Sequence[date]) -> bool:
    """Whether they are more than a weekend."""
    return any(day.weekday() < SATURDAY for day in days_off)


def first_clash(turns: Iterable[Turn], others: Iterable[Turn]) -> tuple[Turn, Turn] | None:
    """The first of these turns that meets one of the others, or another of these."""
    known = list(others)
    for turn in sorted(turns, key=lambda one: one.begins):
        clash = next((other for other in known if turn.meets(other)), None)
        if clash is not None:
            return turn, clash
        known.append(turn)
    return None
