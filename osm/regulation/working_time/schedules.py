"""Hours of work: the office's week with its lunch, valid from a date on."""

import re
from dataclasses import dataclass
from datetime import date, time

from osm.regulation.errors import WrongParameters

Hours = tuple[tuple[time, time], ...]
"""The working intervals of one day in local time, half-open, in order, without overlap; empty: nobody works."""

WEEK_MINUTES = 40 * 60  # ТК РФ, ст. 91
_HOUR = 60
_INTERVAL = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})\s*[-–—]\s*([0-9]{1,2})[:.]([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Seven days, Monday first. Of several schedules the one with the latest `valid_from` not after the day holds."""

    week: tuple[Hours, ...]
    valid_from: date = date.min

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise WrongParameters("week", "в неделе семь дней")
        for hours in self.week:
            check_hours("week", hours)

    @property
    def weekly_minutes(self) -> int:
        return sum(minutes_of(hours) for hours in self.week)


def office_week(mon_thu: str, fri: str, lunch: str, valid_from: date = date.min) -> Schedule:
    """A five-day week with a shorter Friday, each argument as "09:00-18:00"."""
    pause_start, pause_end = _interval("lunch", lunch)

    def with_lunch(key: str, text: str) -> Hours:
        start, end = _interval(key, text)
        return ((start, pause_start), (pause_end, end))

    return Schedule((*[with_lunch("mon_thu", mon_thu)] * 4, with_lunch("fri", fri), (), ()), valid_from)


def parse_hours(key: str, text: str) -> Hours:
    """The hours of one day as people write them: «09:00–13:00, 13:48–18:00»; empty: a day off. WrongParameters."""
    hours = tuple(_interval(key, part) for part in text.replace(";", ",").split(",") if part.strip())
    check_hours(key, hours)
    return hours


def hours_words(hours: Hours) -> str:
    """The inverse of `parse_hours`."""
    return ", ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in hours)


def check_hours(key: str, hours: Hours) -> None:
    """Raise WrongParameters unless the intervals go forward without overlap."""
    moments = [moment for interval in hours for moment in interval]
    if any(start >= end for start, end in hours) or moments != sorted(moments):
        raise WrongParameters(key, "часы работы должны идти по порядку и не пересекаться")


def minutes_of(hours: Hours) -> int:
    return sum(_minute(end) - _minute(start) for start, end in hours)


def without_last_hour(hours: Hours) -> Hours:
    """The day before a public holiday (ТК РФ, ст. 95): its last working hour falls away."""
    kept, surplus = list(hours), _HOUR
    while kept and surplus:
        start, end = kept.pop()
        length = _minute(end) - _minute(start)
        if length > surplus:
            new_end = _minute(end) - surplus
            kept.append((start, time(new_end // 60, new_end % 60)))
        surplus -= min(surplus, length)
    return tuple(kept)


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _interval(key: str, text: str) -> tuple[time, time]:
    found = _INTERVAL.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        first, first_minute, last, last_minute = map(int, found.groups())
        return time(first, first_minute), time(last, last_minute)
    except ValueError:
        raise WrongParameters(key, f"«{text.strip()}» не похоже на часы работы, нужно как «09:00-18:00»") from None


DEFAULT_SCHEDULE = office_week("09:00-18:00", "09:00-17:00", "13:00-13:48")
