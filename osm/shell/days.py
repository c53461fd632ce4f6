"""Days and terms in words, as the screens say them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Protocol

from flask import request

from osm.base.application import current_settings
from osm.base.types import Span
from osm.regulation import parameters
from osm.regulation.errors import CalendarOutOfRange, MissingInput
from osm.regulation.urgency import urgency
from osm.regulation.words import DeadlineState
from osm.regulation.working_time import worktime
from osm.shell.filters import day_and_time

# --- Days and hours in addresses and forms
NO_DAY = "Дата не разобрана. Нужна, например, 25.11.2026."
TURNED = "Конец периода раньше начала."

_FORMS = ("%Y-%m-%d", "%d.%m.%Y")


def days_of(arguments: Mapping[str, str]) -> tuple[date, date] | None:
    """`from` and `to` of an address, both included; None where they are no period."""
    first, last = (day_of(arguments.get(name, "")) for name in ("from", "to"))
    return (first, last) if first and last and first <= last else None


def typed_days(arguments: Mapping[str, str], today: date) -> tuple[date, date, Mapping[str, str], Mapping[str, str]]:
    """First and last day of a period, by default this month until today; the typed values, and what is wrong."""
    typed = {name: arguments.get(name, "").strip()[:20] for name in ("from", "to")}
    days = {name: day_of(value) for name, value in typed.items()}
    errors = {name: NO_DAY for name in typed if typed[name] and not days[name]}
    last = days["to"] or max(today, days["from"] or today)
    first = days["from"] or last.replace(day=1)
    if not errors and last < first:
        errors["to"] = TURNED
    return first, last, typed, errors


def day_of(value: str) -> date | None:
    """A day as the browser's picker sends it or as people write it; None for anything else, and for far years."""
    for form in _FORMS:
        try:
            found = datetime.strptime(value, form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
        return found if 2000 <= found.year < 2200 else None
    return None


def day_given(name: str) -> date | None:
    """The day of <input type="date"> in the form of this request, None when empty. Raises MissingInput."""
    typed = request.form.get(name, "").strip()
    found = day_of(typed)
    if typed and found is None:
        raise MissingInput(name, NO_DAY)
    return found


def hour_of(typed: str) -> time | None:
    """Of <input type="time">. Raises MissingInput."""
    if not typed.strip():
        return None
    try:
        return datetime.strptime(typed.strip()[:5], "%H:%M").time()  # noqa: DTZ007  (an hour of a local day)
    except ValueError:
        raise MissingInput("time", "Время не разобрано. Нужно, например, 09:40.") from None


# --- The line under the menu: which day it is and how long there is working time
def working_time_words(calendar: worktime.WorkCalendar, now: datetime) -> str:
    """«рабочее время до 18:00 (обед 13:00–13:48)», «обед до 13:48», «Нерабочее время, отсчёт с пн 09:00»."""
    there = calendar.local(now)
    try:
        hours = calendar.day(there.date()).hours
        opening = calendar.next_working(now)
    except CalendarOutOfRange:
        return "на этот день нет производственного календаря, сроки неизвестны"
    moment = there.time()
    if hours and hours[0][0] <= moment < hours[-1][1]:
        later = [f"{end:%H:%M}–{start:%H:%M}" for (_, end), (start, _) in pairwise(hours) if moment < end]
        if not calendar.is_working(now):
            return f"обед до {opening:%H:%M}, рабочее время до {hours[-1][1]:%H:%M}"
        lunch = f" (обед {', '.join(later)})" if later else ""
        return f"рабочее время до {hours[-1][1]:%H:%M}{lunch}"
    if opening.date() == there.date():
        return f"Нерабочее время, отсчёт с {opening:%H:%M}"
    far = (opening.date() - there.date()).days > 6
    day = f"{opening:%d.%m}" if far else worktime.WEEKDAYS[opening.weekday()]
    return f"Нерабочее время, отсчёт с {day} {opening:%H:%M}"


# --- The days of an address as a span of the installation's time zone
def span_asked() -> Span | None:
    """`from` and `to` of this request; None where they are no period."""
    days = days_of(request.args)
    settings = current_settings()
    return Span(*days, settings.time_zone) if days else None


# --- A clock on a screen: the level of its chip, its words, and whether its term was missed
class Running(Protocol):
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def blameless(self) -> bool: ...


class AnyClock(Running, Protocol):
    """A clock of the card, which may have ended."""

    @property
    def runs(self) -> bool: ...
    @property
    def state(self) -> DeadlineState: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def breached_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Chip:
    """What `term_chip` needs. `level`: of Urgency, or met, late, off."""

    level: str
    text: str

    @property
    def is_late(self) -> bool:
        return self.level in ("overdue", "late")


NO_CLOCK = Chip("off", "срока нет")
_BLAMELESS = Chip("today", "срок прошёл до повышения важности, не нарушение")


def running_chip(clock: Running | None, now: datetime, calendar: worktime.WorkCalendar) -> Chip:
    """The chip of a clock that runs: «осталось 18 мин», «просрочено 12 мин», «Нерабочее время, отсчёт с пн 09:00»."""
    if clock is None:
        return NO_CLOCK
    if clock.blameless and clock.due_at and clock.due_at < now:
        return _BLAMELESS
    found = urgency(clock.due_at, now, calendar, parameters.Unit(clock.unit))
    return Chip(found.level, found.text)


def card_chip(clock: AnyClock, now: datetime, calendar: worktime.WorkCalendar) -> Chip:
    """The same for a clock of the card, which may have ended."""
    if clock.runs:
        return running_chip(clock, now, calendar)
    if clock.state is DeadlineState.MET:
        done = day_and_time(clock.ended_at) if clock.ended_at else ""
        return Chip("late", f"сделано {done}, срок нарушен") if clock.breached_at else Chip("met", f"сделано {done}")
    ended = day_and_time(clock.ended_at, "с") if clock.ended_at else ""
    words = "пересчитан" if clock.state is DeadlineState.REPLACED else "больше не требуется"
    if clock.breached_at:
        return Chip("late", f"{words} {ended}, срок был нарушен")
    return Chip("off", f"{words} {ended}".rstrip())
