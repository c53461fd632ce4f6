"""How a clock is told on a screen: the level of its chip, its words, and whether its term was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from osm.messages.queries.parts import CardClock
from osm.regulation.parameters import Unit
from osm.regulation.urgency import urgency
from osm.regulation.worktime import WorkCalendar
from osm.store.models import DeadlineState
from osm.web.filters import day_and_time


class Running(Protocol):
    """A clock that runs."""

    @property
    def due_at(self) -> datetime | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def blameless(self) -> bool: ...


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


def running_chip(clock: Running | None, now: datetime, calendar: WorkCalendar) -> Chip:
    """The chip of a clock that runs: «осталось 18 мин», «просрочено 12 мин», «Нерабочее время, отсчёт с пн 09:00»."""
    if clock is None:
        return NO_CLOCK
    if clock.blameless and clock.due_at and clock.due_at < now:
        return _BLAMELESS
    told = urgency(clock.due_at, now, calendar, Unit(clock.unit))
    return Chip(told.level, told.text)


def card_chip(clock: CardClock, now: datetime, calendar: WorkCalendar) -> Chip:
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
