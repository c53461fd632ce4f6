"""How urgent a term is now; how long something without a term has waited; the reminder of П.13."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.parameters import Unit
from osm.regulation.working_time.worktime import WEEKDAYS, WorkCalendar, day_and_time, duration, plural, working_days

# --- How urgent a term is now, and what its chip says: «осталось 1 ч 30 мин», «просрочено 12 мин»
Level = Literal["overdue", "soon", "today", "next_morning", "later", "unknown"]

SOON_MINUTES = 90  # from here on a term is loud
_MANY_MINUTES = 16 * 60  # from about two working days on, days say more than hours
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Urgency:
    """How near a term is. `minutes`: working minutes that remain, negative when overdue, None when unknown."""

    level: Level
    minutes: int | None
    text: str


_UNKNOWN = Urgency("unknown", None, "срок неизвестен")


def urgency(due_at: datetime | None, now: datetime, calendar: WorkCalendar, unit: Unit = Unit.WORKING) -> Urgency:
    """How urgent a term is at `now`. At the due instant itself it is still kept. A term in hours by the clock (`unit`)
    runs at night too: its minutes are those of the clock."""
    if due_at is None:
        return _UNKNOWN
    due, local_now = calendar.local(due_at), calendar.local(now)
    by_clock = unit is Unit.CLOCK
    try:
        minutes = (due - local_now) / timedelta(minutes=1) if by_clock else calendar.between(local_now, due)
        first, last = sorted((due.date(), local_now.date()))
        many = not by_clock and abs(minutes) > _MANY_MINUTES
        days = calendar.working_days_between(first, last) if many else 0
        if due < local_now:
            return Urgency("overdue", int(minutes), _overdue(due, local_now, int(-minutes), days))
        level = _level(due, local_now, minutes, calendar)
        if by_clock or calendar.is_working(local_now):
            return Urgency(level, int(minutes), _remaining(int(minutes), days))
        opening = _opening(local_now, calendar)
        text = (
            f"с {opening} — {duration(int(minutes)) if minutes >= 1 else 'меньше минуты'}"
            if level == "soon"
            else f"Нерабочее время, отсчёт с {opening}"
        )
        return Urgency(level, int(minutes), text)
    except CalendarOutOfRange:
        return _UNKNOWN


def _level(due: datetime, now: datetime, minutes: float, calendar: WorkCalendar) -> Level:
    """By the remaining working time: what will be short in the morning is loud the evening before."""
    if minutes <= SOON_MINUTES:
        return "soon"
    if due.date() == now.date():
        return "today"
    hours = calendar.day(due.date()).hours
    in_the_morning = not hours or due.time() <= hours[0][1]  # on a day off it is before any morning
    if calendar.working_days_between(now.date(), due.date()) <= 1 and in_the_morning:
        return "next_morning"
    return "later"


def _remaining(minutes: int, days: int) -> str:
    if days:
        return f"{plural(days, 'остался', 'осталось', 'осталось')} {working_days(days)}"
    return f"осталось {duration(minutes)}" if minutes else "осталось меньше минуты"


def _overdue(due: datetime, now: datetime, minutes: int, days: int) -> str:
    if days:
        return f"просрочено на {working_days(days)}"
    if minutes:
        return f"просрочено {duration(minutes)}"
    return f"срок истёк {day_and_time(due, now)}"


def _opening(now: datetime, calendar: WorkCalendar) -> str:
    opening = calendar.next_working(now)
    days = (opening.date() - now.date()).days
    when = "" if days == 0 else f"{WEEKDAYS[opening.weekday()]} "
    if days >= _WEEK:
        when += f"{opening:%d.%m} "
    return f"{when}{opening:%H:%M}"


# --- How long something without a term of the regulation has waited, against the office's own target: never a breach
@dataclass(frozen=True, slots=True)
class Age:
    """`minutes` of working time; `text`: «3 ч 20 мин», «4 рабочих дня»; `short`, for the menu: «3 ч», «4 дн.»."""

    minutes: int
    text: str
    short: str
    is_late: bool  # longer than the target


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


# --- The internal reminder before the final term (П.13): a working day ahead, a fact of the clock, never a breach
def reminder_of(due: datetime, calendar: WorkCalendar) -> datetime | None:
    """From when people are reminded of `due`: the same time of the working day before, at its close at the latest. None
    where the calendar does not reach."""
    try:
        there = calendar.local(due)
        close = calendar.add_working_days(there - timedelta(days=1), 0)
    except CalendarOutOfRange:
        return None
    return min(close, datetime.combine(close.date(), there.time(), calendar.tz))


def is_reminded(due: datetime | None, now: datetime, calendar: WorkCalendar) -> bool:
    """Whether it is time for the reminder; a late message needs none."""
    if due is None or due < now:
        return False
    since = reminder_of(due, calendar)
    return since is not None and since <= now


def reminded_until(now: datetime, calendar: WorkCalendar) -> datetime:
    """The last term of which people are reminded at `now`: `due <= reminded_until` says the same as `is_reminded`.
    Raises CalendarOutOfRange."""
    there = calendar.local(now)
    following = calendar.add_working_days(there, 1)
    close = calendar.add_working_days(there, 0)
    if there >= close:
        return datetime.combine(following.date(), time(23, 59, 59), calendar.tz)
    return datetime.combine(following.date(), there.time(), calendar.tz)
