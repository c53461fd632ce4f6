"""How the open list learns that it is another one: when it changes by itself, and what others have brought."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.urgency import SOON_MINUTES
from osm.regulation.worktime import WorkCalendar
from osm.store.queries.clocks.day import DayBorders
from osm.store.queries.clocks.duties import DUTIES, When
from osm.store.queries.inbox.beside import (
    FACTS,
    INSTRUCTION,
    MEMO,
    NOTE,
    OFFER,
    PAGE_CHECK,
    PAGE_TASK,
    REPORT,
    SHIFT,
    SHORTCOMING,
)
from osm.store.queries.inbox.inbox import Place
from osm.store.queries.inbox.sections import ORDER, Section
from osm.store.queries.log.news import Arrivals

_NOW = ORDER.index(Section.NOW)
_OTHERS = {
    NOTE: "note",
    INSTRUCTION: "instruction",
    REPORT: "urgent_report",
    SHORTCOMING: "shortcoming",
    MEMO: "memo",
    SHIFT: "shift",
    OFFER: "thread_offer",
    PAGE_CHECK: "page_guard",
    PAGE_TASK: "page_task",
    FACTS: "told_facts",
}


def signature(places: Iterable[Place], now: datetime) -> str:
    """Changes when another message waits, one is done, one moves into another section, or a term is missed."""
    seen = sorted(
        (place.id, place.duty, place.section, bool(place.due and place.due < now), place.members) for place in places
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def count_new(places: Iterable[Place], came: Arrivals) -> int:
    """How many of these others have brought; of another person's work it is new that its term has passed."""
    return sum(place.id in _brought(place, came) for place in places)


def _brought(place: Place, came: Arrivals) -> frozenset[int]:
    if place.duty < 0:
        return came.others[_OTHERS[place.duty]]
    return came.late if DUTIES[place.duty].when is When.LATE else came.messages


def stays_until(places: Sequence[Place], borders: DayBorders, now: datetime, calendar: WorkCalendar) -> datetime:
    """As long as nobody does anything the list stays as it is until then.

    A term passes or comes near, the office opens or closes, a new day begins.
    """
    ahead = [place for place in places if place.due is not None and place.due > now]
    turns = [place.due for place in ahead if place.due] + [borders.opens + timedelta(days=1)]
    far = [place.due for place in ahead if place.due and place.section != _NOW]
    try:
        turns += [calendar.subtract(min(far), SOON_MINUTES)] if far else []
        turns += [calendar.next_working(now), calendar.add_working_days(now, 0)]
    except CalendarOutOfRange:
        return now
    return min(turn for turn in turns if turn > now)
