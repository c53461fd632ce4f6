"""Speed of the deadline of П.8: +7 working hours from random instants, compared with businesstimedelta.

Both have the same hours and days off. businesstimedelta has no shortened days and no working Saturdays, so results are
compared only where there are none between event and deadline.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import pytz
from businesstimedelta import BusinessTimeDelta, HolidayRule, LunchTimeRule, Rules, WorkDayRule

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from osm.calendar.queries import load_calendar
from osm.regulation.working_time.worktime import WorkCalendar

OURS, THEIRS, ROUNDS = 200_000, 2_000, 3
WANTED = 300_000
MINUTES = 7 * 60


def random_instants(number: int) -> list[datetime]:
    """Whole seconds of 2020–2026, at any hour of any day, in UTC as from the database."""
    chance = random.Random(215)
    first, last = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2020, 2027))
    return [datetime.fromtimestamp(chance.randrange(first, last), UTC) for _ in range(number)]


def other_rules(calendar: WorkCalendar) -> Rules:
    """The default week and the days off among weekdays, for businesstimedelta."""
    tz = pytz.timezone(calendar.tz.key)
    weekdays = (date(2020, 1, 1) + timedelta(n) for n in range(366 * 8))
    days_off = {day: "off" for day in weekdays if day.year < 2028 and day.weekday() < 5 and not calendar.day(day).hours}
    return Rules(
        [
            WorkDayRule(time(9), time(18), [0, 1, 2, 3], tz=tz),
            WorkDayRule(time(9), time(17), [4], tz=tz),
            LunchTimeRule(time(13), time(13, 48), [0, 1, 2, 3, 4], tz=tz),
            HolidayRule(days_off, tz=tz),
        ]
    )


def per_second(operation: Callable[[datetime], Any], instants: list[datetime]) -> float:
    """The best of some rounds, so that other load does not count."""
    best = 0.0
    for _ in range(ROUNDS):
        started = perf_counter()
        for instant in instants:
            operation(instant)
        best = max(best, len(instants) / (perf_counter() - started))
    return best


def ordinary(calendar: WorkCalendar, start: datetime, end: datetime) -> bool:
    """No shortened day and no working Saturday between them."""
    first, last = calendar.local(start).date(), calendar.local(end).date()
    days = (calendar.day(first + timedelta(n)) for n in range((last - first).days + 1))
    return not any(day.hours and day.note for day in days)


def main() -> int:
    calendar = load_calendar()
    instants = random_instants(OURS)
    rules = other_rules(calendar)
    seven_hours = BusinessTimeDelta(rules, hours=7)

    same = [instant for instant in instants[:THEIRS] if ordinary(calendar, instant, calendar.add(instant, MINUTES))]
    differ = sum(instant + seven_hours != calendar.add(instant, MINUTES) for instant in same)
    ours = per_second(lambda instant: calendar.add(instant, MINUTES), instants)
    theirs = per_second(lambda instant: instant + seven_hours, instants[:THEIRS])
    print("+7 working hours from random instants of 2020–2026, on one core")
    print(f"  WorkCalendar.add   {ours:>10,.0f} a second (wanted: {WANTED:,})")
    print(f"  businesstimedelta  {theirs:>10,.0f} a second")
    print(f"  ratio              {ours / theirs:>10,.0f}")
    print(f"  equal terms        {len(same) - differ:,} of {len(same):,} without shortened or swapped days")
    return int(ours < WANTED or differ > 0)


if __name__ == "__main__":
    sys.exit(main())
