"""The borders between «сейчас», «сегодня», «завтра с утра» and «позже», so that the database can sort by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.reminder import reminded_until
from osm.regulation.urgency import SOON_MINUTES
from osm.regulation.worktime import WorkCalendar


@dataclass(frozen=True, slots=True)
class DayBorders:
    """The last instant of each section; a term after `morning` is «позже». `opens`: the local midnight before now.

    `reminded`: the last final term (П.13) of which people are reminded now.
    """

    opens: datetime
    soon: datetime
    today: datetime
    morning: datetime
    reminded: datetime
    is_over: bool = False
    """No working time is left today."""


def day_borders(now: datetime, calendar: WorkCalendar) -> DayBorders:
    """The same borders as those of `osm.regulation.urgency`. Beyond the known calendar only the local day is told."""
    there = calendar.local(now)
    opens = datetime.combine(there.date(), time(), calendar.tz)
    today = datetime.combine(there.date() + timedelta(days=1), time(), calendar.tz) - timedelta(seconds=1)
    try:
        # What is due at 09:00 sharp has no more working time left than what is due at the close before it.
        soon = calendar.next_working(calendar.add(there, SOON_MINUTES))
        hours = calendar.day(calendar.add_working_days(today, 1).date()).hours
        next_day = calendar.add_working_days(today, 1).date()
        morning = datetime.combine(next_day, hours[0][1], calendar.tz)
        reminded = reminded_until(there, calendar)
    except CalendarOutOfRange:
        return DayBorders(opens, there, today, today, today)
    return DayBorders(
        opens, soon, max(today, soon), morning, reminded, calendar.next_working(there).date() != there.date()
    )
