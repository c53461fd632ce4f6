"""How long something without a term of the regulation has waited, against the office's own target: never a breach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from osm.regulation.durations import duration, working_days
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.worktime import WorkCalendar

_MANY_MINUTES = 16 * 60
"""From about two working days on, days say more than hours."""


@dataclass(frozen=True, slots=True)
class Age:
    """`minutes` of working time; `text`: «3 ч 20 мин», «4 рабочих дня»; `short`, for the menu: «3 ч», «4 дн.»."""

    minutes: int
    text: str
    short: str
    is_late: bool
    """Longer than the target."""


def age(since: datetime, now: datetime, target: int, calendar: WorkCalendar) -> Age | None:
    """The age of what waits since then; `target` in working minutes. None where the calendar is not known."""
    first, last = calendar.local(since), calendar.local(now)
    try:
        minutes = max(int(calendar.between(first, last)), 0)
        days = calendar.working_days_between(first.date(), last.date()) if minutes > _MANY_MINUTES else 0
    except CalendarOutOfRange:
        return None
    if days:
        return Age(minutes, working_days(days), f"{days} дн.", minutes > target)
    short = f"{minutes // 60} ч" if minutes >= 60 else f"{minutes} мин"
    return Age(minutes, duration(minutes), short, minutes > target)
