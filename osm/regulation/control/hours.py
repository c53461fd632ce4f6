"""When people are reminded and letters go; the periods of reports."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from osm.regulation.clocks import ClockKind
from osm.regulation.control.reminding import Haste
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.labelled import Labelled
from osm.regulation.working_time.worktime import WorkCalendar


# --- Periods of which a memo of shortcomings is made (П.19 names none: it is a setting)
class Period(StrEnum):
    """How often it is made."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


def last_ended(day: date, period: Period) -> tuple[date, date]:
    """The first and the last day of the period that ended last before this day."""
    if period is Period.WEEK:
        last = day - timedelta(days=day.isoweekday())
        return last - timedelta(days=6), last
    months = 3 if period is Period.QUARTER else 1
    begun = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    last = begun - timedelta(days=1)
    return last.replace(month=last.month - months + 1, day=1), last


# --- How a person wants the letters of his reminders, and which go at once
class MailMode(Labelled):
    """How a person wants his letters."""

    AT_ONCE = "at_once", "Новые направления и срочное — сразу, остальное — сводкой"
    DIGEST = "digest", "Всё сводкой, сразу — только срочное"
    NONE = "none", "Не присылать писем"


MAIL_MODE_LABELS = {one: one.label for one in MailMode}


def goes_at_once(haste: Haste, mode: MailMode, *, high: bool = False) -> bool:
    """Whether it gets its own letter; `high`: the message is of high importance (П.9)."""
    if mode is MailMode.DIGEST:
        return haste is Haste.URGENT
    return high or haste is not Haste.DIGEST


# --- When people are reminded: in working time, before a term, in the evening of the next morning; when digests go
BEFORE: dict[ClockKind, int] = {
    ClockKind.ROUTE: 15,
    ClockKind.ANSWER: 60,
    ClockKind.DRAFT: 30,
    ClockKind.APPROVE: 10,
    ClockKind.REWORK: 20,
    ClockKind.PART: 30,
    ClockKind.FINAL: 480,
}
"""Minutes of working time before a term at which people are reminded, where the office sets no other; 0: never."""

EVENING = time(16)  # from now on people get what is due the next morning

GATHERING = timedelta(minutes=2)
"""A digest waits so long after its hour: what is noted at the hour itself stands in it."""

_BEFORE_CLOSE = timedelta(hours=1)  # on a short day the hour is moved so far before the close


def shown_from(at: datetime, haste: Haste, calendar: WorkCalendar) -> datetime:
    """From when something of this instant is shown and mailed: the next working time, unless it is urgent."""
    if haste is Haste.URGENT:
        return at
    try:
        return max(at, calendar.next_working(at))
    except CalendarOutOfRange:
        return at


def is_at_work(now: datetime, calendar: WorkCalendar) -> bool:
    """Whether people are at work; outside the known years reminders are not held back."""
    try:
        return calendar.is_working(now)
    except CalendarOutOfRange:
        return True


def is_evening(now: datetime, calendar: WorkCalendar) -> bool:
    """Whether people are at work and it is 16:00 or later: on a short day, an hour before its close."""
    try:
        return calendar.is_working(now) and calendar.local(now) >= _on_day(
            EVENING, calendar.local(now).date(), calendar
        )
    except CalendarOutOfRange:
        return False


def last_digest(now: datetime, times: Iterable[time], calendar: WorkCalendar) -> datetime | None:
    """Up to which instant the digest reaches that is due now; None outside working time and before today's first."""
    try:
        there = calendar.local(now)
        if not calendar.is_working(now):
            return None
        ends = [_on_day(hour, there.date(), calendar) + GATHERING for hour in times]
    except CalendarOutOfRange:
        return None
    return max((end for end in ends if end <= there), default=None)


def _on_day(hour: time, day: date, calendar: WorkCalendar) -> datetime:
    hours = calendar.day(day).hours
    wanted = datetime.combine(day, hour, calendar.tz)
    return min(wanted, datetime.combine(day, hours[-1][1], calendar.tz) - _BEFORE_CLOSE) if hours else wanted
