"""«Ждёт меня»: what a person must do next, sorted by the next term, in sections of the day."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, case, false, func, literal, select, union_all
from sqlalchemy.sql.selectable import Subquery

from osm.extensions import db
from osm.regulation.words import Importance, Status
from osm.store.models import Message
from osm.store.queries.day import DayBorders
from osm.store.queries.duties import DUTIES, TO_ROUTE, Asker, Duty, duties_of, runs, shown_due
from osm.store.queries.inbox_rows import InboxRow, read_rows

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


def inbox(asker: Asker, *, only: Section | None = None) -> list[InboxSection]:
    """The sections that are not empty, the next term first; `only`: one of them with far more rows.

    The number of statements does not depend on the number of messages.
    """
    listed = _listed(asker)
    if listed is None:
        return []
    numbered = select(
        listed,
        func.count().over(partition_by=listed.c.section).label("total"),
        func.row_number().over(partition_by=listed.c.section, order_by=_by_term(listed)).label("place"),
    ).subquery()
    limit = ALL_ROWS if only else SECTION_ROWS
    wanted = select(numbered).where(numbered.c.place <= limit).order_by(numbered.c.section, numbered.c.place)
    if only:
        wanted = wanted.where(numbered.c.section == _ORDER.index(only))
    found = db.session.execute(wanted).all()
    rows = read_rows([(row.id, DUTIES[row.duty]) for row in found])
    return [
        InboxSection(
            key=section,
            label=section_label(section, asker.borders),
            total=next(row.total for row in found if row.section == place),
            rows=tuple(rows[row.id] for row in found if row.section == place and row.id in rows),
        )
        for place, section in enumerate(_ORDER)
        if any(row.section == place for row in found)
    ]


def count_waiting(asker: Asker) -> int:
    """How much waits for this person by a term; what has none (the author is expected to answer) is not counted."""
    parts = [select(Message.id).where(condition, runs(duty)) for _, duty, condition in duties_of(asker)]
    if not parts:
        return 0
    return db.session.scalar(select(func.count()).select_from(union_all(*parts).subquery())) or 0


def next_waiting(asker: Asker, statuses: Collection[Status] | None = None) -> tuple[int, str] | None:
    """Id and number of the message at the top of the list; `statuses`: of those that stand in one of them."""
    listed = _listed(asker, statuses)
    if listed is None:
        return None
    top = (
        select(Message.id, Message.number)
        .join(listed, listed.c.id == Message.id)
        .order_by(listed.c.section, *_by_term(listed))
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


def signature(asker: Asker) -> str:
    """Changes as soon as another message waits, one is done, or one moves into another section."""
    listed = _listed(asker)
    if listed is None:
        return ""
    places = db.session.execute(select(listed.c.id, listed.c.duty, listed.c.section).order_by(listed.c.id)).all()
    return hashlib.sha256(repr([tuple(row) for row in places]).encode()).hexdigest()[:16]


def _listed(asker: Asker, statuses: Collection[Status] | None = None) -> Subquery | None:
    """id, duty, due, section of every message that waits for this person."""
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
    return select(Message.id, literal(position).label("duty"), due.label("due"), section.label("section"))


def _by_term(listed: Subquery) -> tuple[Any, ...]:
    return (listed.c.due.is_(None), listed.c.due, listed.c.id)
