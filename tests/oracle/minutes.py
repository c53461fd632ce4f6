"""Working time, counted minute by minute; slow and plain on purpose. Instants are whole minutes.

Intervals are half-open: the minute 12:59 ends at 13:00, and 13:00 is lunch. Pauses are intervals [start, end) in which
the message was closed; their minutes count for nothing, as if they were not working time.
"""

import json
from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

TZ = ZoneInfo("Asia/Vladivostok")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OFFICE = {"mon_thu": ("09:00", "18:00"), "fri": ("09:00", "17:00"), "lunch": ("13:00", "13:48")}


class UnknownYear(ValueError):
    """There are no data about this year, and the model does not guess (design §4)."""


class Calendar:
    """One edition of the calendar: the year's facts, the hours of the week, and local days that differ.

    facts: the folder with <year>.json, or {year: the content of such a file}. schedule: in the form of OFFICE.
    overrides: {date or "YYYY-MM-DD": "off" | "work" | [("09:00", "13:00"), …]}. presidential: are these off?
    """

    def __init__(self, facts, schedule=OFFICE, overrides=None, presidential=False):
        self.facts = (
            facts
            if isinstance(facts, dict)
            else {int(path.stem): json.loads(path.read_text("utf-8")) for path in Path(facts).glob("20??.json")}
        )
        self.schedule, self.presidential, self._days = schedule, presidential, {}
        self.overrides = {str(day): what for day, what in (overrides or {}).items()}

    def minutes(self, day):
        """The working minutes of a local date as numbers of minutes since midnight, in order."""
        if day not in self._days:
            self._days[day] = tuple(sorted({minute for start, end in self._hours(day) for minute in range(start, end)}))
        return self._days[day]

    def is_working(self, local_minute):
        """Whether the minute that begins at this local time is working time."""
        return local_minute.hour * 60 + local_minute.minute in self.minutes(local_minute.date())

    def _hours(self, day):
        name, weekday, override = str(day), day.weekday(), self.overrides.get(str(day))
        if override == "work":
            return self._usual(weekday)
        if override is not None:  # a local act comes before everything else (design §4)
            return [(_number(start), _number(end)) for start, end in ([] if override == "off" else override)]
        if day.year not in self.facts:
            raise UnknownYear(day.year)
        year = self.facts[day.year]
        off = [*year["holidays"], *(moved["date"] for moved in year["transferred_days_off"])]
        if name in off or (self.presidential and name in year["presidential_nonworking"]):
            return []
        for swap in year["working_weekends"]:  # it has the hours of the day with which it was swapped
            if swap["date"] == name:
                weekday = date.fromisoformat(swap["swapped_with"]).weekday()
        if weekday >= 5:
            return []
        morning, (start, end) = self._usual(weekday)
        return [morning, (start, end - 60 if name in year["shortened_days"] else end)]  # the last hour is dropped

    def _usual(self, weekday):
        start, end = self.schedule["fri" if weekday == 4 else "mon_thu"]
        lunch_start, lunch_end = self.schedule["lunch"]
        return [(_number(start), _number(lunch_start)), (_number(lunch_end), _number(end))]


def next_working(calendar, instant, pauses=()):
    """The first working minute at or after the instant, where the counting starts."""
    return next(_counted(calendar, instant, pauses, 1))


def add(calendar, instant, n, pauses=()):
    """The earliest instant by which n working minutes have passed since `instant`."""
    return next(islice(_counted(calendar, instant, pauses, 1), n - 1, None)) + MINUTE if n else instant


def subtract(calendar, due, n, pauses=()):
    """The latest instant from which n working minutes still remain to `due` (П.10)."""
    return next(islice(_counted(calendar, due, pauses, -1), n - 1, None)) if n else due


def end_of_working_day(calendar, instant, n_days, pauses=()):
    """The close of the n-th working day after the local date of `instant`; that date itself does not count (П.13).

    Every working minute that lies in a pause moves it on by one.
    """
    day, left = instant.astimezone(TZ).date(), n_days
    while left:
        day += DAY
        left -= bool(calendar.minutes(day))
    close = _instant(day, calendar.minutes(day)[-1]) + MINUTE
    until_close = sum(1 for minute in takewhile(lambda minute: minute < close, _counted(calendar, instant, (), 1)))
    return add(calendar, instant, until_close, pauses)


def _counted(calendar, instant, pauses, step):
    """The working minutes outside pauses: from `instant` on (step 1), or from before it backwards (step -1)."""
    day = instant.astimezone(TZ).date()
    while True:
        for number in calendar.minutes(day)[::step]:
            minute = _instant(day, number)
            if (minute >= instant if step == 1 else minute < instant) and not _paused(minute, pauses):
                yield minute
        day += step * DAY


def _paused(minute, pauses):
    return any(start <= minute < end for start, end in pauses)


def _instant(day, number):
    return datetime.combine(day, time(), TZ) + number * MINUTE


def _number(clock):
    """ "13:48" as minutes since midnight."""
    return int(clock[:2]) * 60 + int(clock[3:])
