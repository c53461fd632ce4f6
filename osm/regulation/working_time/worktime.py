"""WorkCalendar: adding, subtracting and measuring working time over instants; lengths of time in Russian words."""

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from math import floor
from zoneinfo import ZoneInfo

from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.working_time.production_calendar import WEEK_MINUTES, Day, Override, Schedule, YearFacts, build_days

# --- Spans of time, near days and counted things in Russian words
WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_NEAR_DAYS = {-1: "вчера", 0: "сегодня", 1: "завтра"}


def plural(number: int, one: str, few: str, many: str) -> str:
    """The form that goes with the number: 1 день, 2 дня, 5 дней, 11 дней, 21 день."""
    tens, units = number % 100, number % 10
    if units == 1 and tens != 11:
        return one
    if 2 <= units <= 4 and not 12 <= tens <= 14:
        return few
    return many


def duration(minutes: int) -> str:
    """«3 ч 12 мин», «3 ч», «48 мин»; less than a minute is «0 мин»."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} ч"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} мин")
    return " ".join(parts)


def hours(number: int) -> str:
    """«1 час», «3 часа», «7 часов»."""
    return f"{number} {plural(number, 'час', 'часа', 'часов')}"


def working_hours(number: int) -> str:
    """«1 рабочий час», «3 рабочих часа», «7 рабочих часов»."""
    return f"{number} {plural(number, 'рабочий час', 'рабочих часа', 'рабочих часов')}"


def working_days(number: int) -> str:
    """«1 рабочий день», «3 рабочих дня», «7 рабочих дней»."""
    return f"{number} {plural(number, 'рабочий день', 'рабочих дня', 'рабочих дней')}"


def day_and_time(instant: datetime, now: datetime, after: str = "") -> str:
    """«сегодня в 14:05», «вчера в 9:10», «завтра в 9:00»; another day is «25.11 09:05», with the year if not this one.
    Both in local time. `after`: the preposition in front; the time follows it, «до 14:05 завтра»."""
    day = _NEAR_DAYS.get((instant.date() - now.date()).days)
    if day is None:
        far = f"{instant:%d.%m %H:%M}" if instant.year == now.year else f"{instant:%d.%m.%Y %H:%M}"
        return f"{after} {far}".lstrip()
    time = f"{instant.hour}:{instant:%M}"
    return f"{after} {time} {day}" if after else f"{day} в {time}"


# --- How a share is rounded and printed, for every screen and file
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

    def close_after(self, instant: datetime, days: int) -> datetime | None:
        """As `add_working_days`; None where the calendar does not know that day."""
        try:
            return self.add_working_days(instant, days)
        except CalendarOutOfRange:
            return None

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
