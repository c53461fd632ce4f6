"""WorkCalendar: adding, subtracting and measuring working time over instants.

Instants are aware datetimes in whole seconds (a fraction is dropped); results are in the calendar's time zone.
Intervals are half-open: 13:00 sharp is lunch, 18:00 sharp is closed, 09:00 sharp is open. The intervals of the known
years lie in two sorted lists with the running sum of their lengths, so every question is a bisection. A question that
needs a day outside those years raises CalendarOutOfRange.
"""

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.working_time.durations import duration
from osm.regulation.working_time.production_calendar import Day, Override, YearFacts, build_days
from osm.regulation.working_time.schedules import WEEK_MINUTES, Schedule


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of working time without a gap, within one day."""

    start: datetime
    end: datetime


class WorkCalendar:
    """The working time of one office in consecutive days, in one time zone."""

    def __init__(
        self, days: Sequence[Day], tz: ZoneInfo, *, version: str = "", provisional_years: Collection[int] = (),
        warnings: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.tz = tz
        self.version = version
        self.provisional_years = frozenset(provisional_years)
        self.warnings = tuple(warnings)
        self._days = {day.date: day for day in days}
        self._first, self._last = days[0].date, days[-1].date
        self._open_from = self._epoch(self._first, time())
        self._open_until = self._epoch(self._last + timedelta(days=1), time())
        intervals = [
            (self._epoch(day.date, start), self._epoch(day.date, end)) for day in days for start, end in day.hours
        ]
        # Packed: as objects the seconds of eighteen years would take a megabyte in every process.
        self._starts = array("q", [start for start, _ in intervals])
        self._ends = array("q", [end for _, end in intervals])
        self._worked_before = array("q", [0, *accumulate(end - start for start, end in intervals)])
        working = [day for day in days if day.hours]
        self._working_dates = [day.date for day in working]
        self._closings = array("q", [self._epoch(day.date, day.hours[-1][1]) for day in working])

    def add(self, instant: datetime, minutes: float) -> datetime:
        """The earliest instant by which so many working minutes have elapsed since `instant`. 18:00 today rather than
        09:00 tomorrow. Zero gives `instant` itself, a negative number subtracts."""
        if minutes <= 0:
            return self.subtract(instant, -minutes) if minutes else self._local(self._seconds(instant))
        worked = self._worked(self._seconds(instant)) + round(minutes * 60)
        index = bisect_left(self._worked_before, worked) - 1
        if index == len(self._starts):
            raise CalendarOutOfRange(self._local(self._open_until))
        return self._local(self._starts[index] + worked - self._worked_before[index])

    def subtract(self, instant: datetime, minutes: float) -> datetime:
        """The latest instant from which so many working minutes still remain to `instant`. Monday 09:00 rather than
        Friday 17:00. Zero gives `instant` itself, a negative number adds."""
        if minutes <= 0:
            return self.add(instant, -minutes) if minutes else self._local(self._seconds(instant))
        worked = self._worked(self._seconds(instant)) - round(minutes * 60)
        if worked < 0:
            raise CalendarOutOfRange(self._local(self._open_from - 1))
        index = bisect_right(self._worked_before, worked) - 1
        return self._local(self._starts[index] + worked - self._worked_before[index])

    def between(self, start: datetime, end: datetime) -> float:
        """Working minutes from `start` to `end`, exact to the second; negative if `end` lies before `start`."""
        return (self._worked(self._seconds(end)) - self._worked(self._seconds(start))) / 60

    def next_working(self, instant: datetime) -> datetime:
        """`instant` itself in working time, else the next opening."""
        seconds = self._seconds(instant)
        index = bisect_right(self._ends, seconds)
        if index == len(self._starts):
            raise CalendarOutOfRange(self._local(self._open_until))
        return self._local(max(seconds, self._starts[index]))

    def is_working(self, instant: datetime) -> bool:
        seconds = self._seconds(instant)
        index = bisect_right(self._starts, seconds) - 1
        return index >= 0 and seconds < self._ends[index]

    def add_working_days(self, instant: datetime, days: int) -> datetime:
        """The close of the n-th working day after the local date of `instant`, which itself is not counted (П.13). Zero
        gives the close of that date, or of the last working day before it; negative numbers count back from there."""
        local_date = self._local(self._seconds(instant)).date()
        index = bisect_right(self._working_dates, local_date) - 1 + days
        if not 0 <= index < len(self._closings):
            raise CalendarOutOfRange(self._local(self._open_until if days > 0 else self._open_from - 1))
        return self._local(self._closings[index])

    def working_days_between(self, after: date, until: date) -> int:
        """Working days later than `after`, up to and including `until`."""
        return bisect_right(self._working_dates, until) - bisect_right(self._working_dates, after)

    @property
    def dates(self) -> Set[date]:
        return self._days.keys()

    def day(self, day: date) -> Day:
        """The hours of a date and why they are so."""
        if day not in self._days:
            raise CalendarOutOfRange(datetime.combine(day, time(), self.tz))
        return self._days[day]

    def pieces(self, start: datetime, end: datetime) -> Iterator[Piece]:
        """The working time between two instants, stretch by stretch."""
        first, last = self._seconds(start), self._seconds(end)
        for index in range(bisect_right(self._ends, first), bisect_left(self._starts, last)):
            yield Piece(self._local(max(first, self._starts[index])), self._local(min(last, self._ends[index])))

    def local(self, instant: datetime) -> datetime:
        """`instant` in the calendar's time zone, without its fraction of a second. It may lie outside the years."""
        try:
            return instant.astimezone(self.tz).replace(microsecond=0)
        except OverflowError:  # the first and the last day that Python knows
            raise CalendarOutOfRange(instant) from None

    def _worked(self, seconds: int) -> int:
        """Working seconds from the beginning of the calendar."""
        index = bisect_right(self._starts, seconds) - 1
        if index < 0:
            return 0
        return self._worked_before[index] + min(seconds, self._ends[index]) - self._starts[index]

    def _seconds(self, instant: datetime) -> int:
        if instant.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        seconds = int(instant.timestamp())
        if not self._open_from <= seconds < self._open_until:
            raise CalendarOutOfRange(instant)
        return seconds

    def _local(self, seconds: int) -> datetime:
        return datetime.fromtimestamp(seconds, self.tz)

    def _epoch(self, day: date, moment: time) -> int:
        return int(datetime.combine(day, moment, self.tz).timestamp())


def build_calendar(
    facts: Sequence[YearFacts], schedules: Sequence[Schedule], tz: ZoneInfo, overrides: Collection[Override] = (), *,
    presidential: bool = False,
) -> WorkCalendar:  # fmt: skip
    """The calendar of an office. `version` tells apart two calendars that give different terms."""
    days = build_days(facts, schedules, overrides, presidential=presidential)
    provisional = [year.year for year in facts if year.provisional]
    built_from = "\n".join([tz.key, repr(provisional), *map(repr, days)])
    return WorkCalendar(
        days,
        tz,
        version=hashlib.sha256(built_from.encode()).hexdigest()[:16],
        provisional_years=provisional,
        warnings=[
            f"Рабочая неделя по расписанию — {duration(schedule.weekly_minutes)} вместо {duration(WEEK_MINUTES)} "
            "(ТК РФ, ст. 91): проверьте часы работы."
            for schedule in schedules
            if schedule.weekly_minutes != WEEK_MINUTES
        ],
    )
