"""«Ждёт меня»: what a person must do next, sorted by the next term, in sections of the day."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from heapq import nsmallest
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, bindparam, case, false, func, literal, or_, select, union_all
from sqlalchemy.sql.selectable import Subquery

from osm.extensions import db
from osm.regulation.words import Importance, Role, Status
from osm.store.models import Message
from osm.store.queries.day import DayBorders
from osm.store.queries.duties import DUTIES, TO_ROUTE, Asker, Duty, duties_of, runs, shown_due
from osm.store.queries.inbox_rows import InboxRow, read_rows
from osm.store.types import UtcDateTime

SECTION_ROWS = 30
"""Rows of a section on the first page; the rest is one click away."""
ALL_ROWS = 500
"""Rows of a section that was asked for alone."""


class Section(StrEnum):
    """Part of the list, in this order."""

    NOW = "now"
    TODAY = "today"
    MORNING = "morning"
    LATER = "later"
    NO_TERM = "no-term"


SECTION_LABELS: dict[Section, str] = {
    Section.NOW: "Сейчас",
    Section.TODAY: "Сегодня",
    Section.MORNING: "Завтра с утра",
    Section.LATER: "Позже",
    Section.NO_TERM: "Без срока",
}
FOLDED = frozenset({Section.MORNING, Section.LATER, Section.NO_TERM})
"""Sections that are opened on demand until the afternoon."""

_ORDER = tuple(Section)
_ON_WEEKDAY = ("В понедельник", "Во вторник", "В среду", "В четверг", "В пятницу", "В субботу", "В воскресенье")


class Place(NamedTuple):
    """Where one message stands on the list: by which duty (its number in DUTIES), till when, in which section."""

    id: int
    duty: int
    due: datetime | None
    section: int
    runs: bool
    """Whether a clock of the duty runs at all; its term may be unknown."""

    def by_term(self) -> tuple[bool, float, int]:
        """The next term first, what has none last."""
        return (self.due is None, self.due.timestamp() if self.due else 0.0, self.id)


@dataclass(frozen=True, slots=True)
class InboxSection:
    """One section: `total` messages, of which `rows` are shown."""

    key: Section
    label: str
    total: int
    rows: tuple[InboxRow, ...]

    @property
    def hidden(self) -> int:
        return self.total - len(self.rows)


def waiting_places(asker: Asker) -> list[Place]:
    """Everything that waits for this person, in no order: one statement, from which a page takes all that it shows."""
    statement = _statement(asker.roles, asker.publishing_networks)
    if statement is None:
        return []
    return [Place(*row) for row in db.session.execute(statement, _values(asker)).tuples()]


def inbox(asker: Asker, places: Sequence[Place], *, only: Section | None = None) -> list[InboxSection]:
    """The sections that are not empty, the next term first; `only`: one of them with far more rows.

    The number of statements does not depend on the number of messages.
    """
    limit = ALL_ROWS if only else SECTION_ROWS
    sections = {
        section: [place for place in places if place.section == number]
        for number, section in enumerate(_ORDER)
        if only in (None, section)
    }
    shown = {section: nsmallest(limit, found, key=Place.by_term) for section, found in sections.items()}
    rows = read_rows([(place.id, DUTIES[place.duty]) for found in shown.values() for place in found])
    return [
        InboxSection(
            key=section,
            label=section_label(section, asker.borders),
            total=len(sections[section]),
            rows=tuple(rows[place.id] for place in found if place.id in rows),
        )
        for section, found in shown.items()
        if found
    ]


def count_waiting(asker: Asker) -> int:
    """How much waits for this person by a term; what has none (the author is expected to answer) is not counted."""
    statement = _count_statement(asker.roles, asker.publishing_networks)
    return 0 if statement is None else db.session.scalar(statement, _values(asker)) or 0


def count_places(places: Iterable[Place]) -> int:
    """The same number, of places that were read already."""
    return sum(place.runs for place in places)


def next_waiting(asker: Asker, statuses: Collection[Status] | None = None) -> tuple[int, str] | None:
    """Id and number of the message at the top of the list; `statuses`: of those that stand in one of them."""
    listed = _listed(asker, statuses)
    if listed is None:
        return None
    top = (
        select(Message.id, Message.number)
        .join(listed, listed.c.id == Message.id)
        .order_by(listed.c.section, listed.c.due.is_(None), listed.c.due, listed.c.id)
        .limit(1)
    )
    found = db.session.execute(top).first()
    return (found.id, found.number) if found else None


def section_label(section: Section, borders: DayBorders) -> str:
    """The name of a section; before days off «завтра» is the next working day by its name."""
    days = (borders.morning.date() - borders.opens.date()).days
    if section is not Section.MORNING or days == 1:
        return SECTION_LABELS[section]
    date = f" {borders.morning:%d.%m}" if days >= len(_ON_WEEKDAY) else ""
    return f"{_ON_WEEKDAY[borders.morning.weekday()]}{date} с утра"


def one_row(asker: Asker, message_id: int) -> InboxRow | None:
    """The row of one message, None where it waits for this person no longer."""
    listed = _listed(asker)
    duty = None if listed is None else db.session.scalar(select(listed.c.duty).where(listed.c.id == message_id))
    return None if duty is None else read_rows([(message_id, DUTIES[duty])]).get(message_id)


def signature(places: Iterable[Place], now: datetime) -> str:
    """Changes when another message waits, one is done, one moves into another section, or a term is missed."""
    seen = sorted((place.id, place.duty, place.section, bool(place.due and place.due < now)) for place in places)
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def _values(asker: Asker) -> dict[str, Any]:
    borders = asker.borders
    return {
        "asker": asker.user_id,
        "now": asker.now,
        "soon": borders.soon,
        "today": borders.today,
        "morning": borders.morning,
    }


def _anybody(roles: frozenset[Role], networks: frozenset[str]) -> Asker:
    """An asker whose person and instants are filled in when the statement runs."""

    def instant(name: str) -> Any:
        return bindparam(name, type_=UtcDateTime())

    borders = DayBorders(instant("opens"), instant("soon"), instant("today"), instant("morning"))
    person: Any = bindparam("asker", type_=Integer())
    return Asker(person, None, roles, instant("now"), borders, networks)


# Building the statements takes longer than running them on a register of some hundred open messages: one is kept for
# each set of roles.


COUNTED = 1000
"""Counting ends here: the badge says «999+» from then on."""


@lru_cache(maxsize=64)
def _statement(roles: frozenset[Role], networks: frozenset[str]) -> Select[Any] | None:
    listed = _listed(_anybody(roles, networks))
    return None if listed is None else select(listed)


@lru_cache(maxsize=64)
def _count_statement(roles: frozenset[Role], networks: frozenset[str]) -> Select[Any] | None:
    duties = duties_of(_anybody(roles, networks))
    parts = [select(Message.id).where(condition, runs(duty)) for _, duty, condition in duties]
    return select(func.count()).select_from(union_all(*parts).limit(COUNTED).subquery()) if parts else None


def _listed(asker: Asker, statuses: Collection[Status] | None = None) -> Subquery | None:
    """id, duty, due, section, runs of every message that waits for this person."""
    parts: list[Select[Any]] = [
        _part(position, duty, asker.borders).where(condition)
        for position, duty, condition in duties_of(asker)
        if statuses is None or duty.status in statuses
    ]
    return union_all(*parts).subquery() if parts else None


def _part(position: int, duty: Duty, borders: DayBorders) -> Select[Any]:
    due = shown_due(duty)
    # The executor of a message of high importance has an hour only if it is routed at once (reading 4 of П.7).
    urgent = Message.importance == Importance.HIGH if duty.status in TO_ROUTE else false()
    section = case(
        (urgent, _ORDER.index(Section.NOW)),
        (due <= borders.soon, _ORDER.index(Section.NOW)),
        (due <= borders.today, _ORDER.index(Section.TODAY)),
        (due <= borders.morning, _ORDER.index(Section.MORNING)),
        (due.is_not(None), _ORDER.index(Section.LATER)),
        # A term that runs and is not known stands in red at the top: the calendar has to be entered.
        (runs(duty), _ORDER.index(Section.NOW)),
        else_=_ORDER.index(Section.NO_TERM),
    )
    return select(
        Message.id,
        literal(position).label("duty"),
        due.label("due"),
        section.label("section"),
        or_(due.is_not(None), runs(duty)).label("runs"),
    )
