"""The internal reminder before the final term (П.13): a working day ahead, a fact of the clock, never a breach."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.worktime import WorkCalendar


def reminder_of(due: datetime, calendar: WorkCalendar) -> datetime | None:
    """From when people are reminded of `due`: the same time of the working day before, at its close at the latest.

    None where the calendar does not reach.
    """
    try:
        there = calendar.local(due)
        close = calendar.add_working_days(there - timedelta(days=1), 0)
    except CalendarOutOfRange:
        return None
    return min(close, datetime.combine(close.date(), there.time(), calendar.tz))


def is_reminded(due: datetime | None, now: datetime, calendar: WorkCalendar) -> bool:
    """Whether the reminder stands now; what is late needs none any more."""
    if due is None or due < now:
        return False
    since = reminder_of(due, calendar)
    return since is not None and since <= now


def reminded_until(now: datetime, calendar: WorkCalendar) -> datetime:
    """The last term of which people are reminded at `now`: `due <= reminded_until` says the same as `is_reminded`.

    Raises CalendarOutOfRange.
    """
    there = calendar.local(now)
    following = calendar.add_working_days(there, 1)
    close = calendar.add_working_days(there, 0)
    if there >= close:
        return datetime.combine(following.date(), time(23, 59, 59), calendar.tz)
    return datetime.combine(following.date(), there.time(), calendar.tz)
