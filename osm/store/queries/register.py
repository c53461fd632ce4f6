"""The register: pages that stay where they are while rows arrive, and counting that ends at a thousand.

A filter by other tables (words, executors, terms) is first asked how much it leaves. Few messages are looked at one by
one; of many a page is found sooner by walking along the order and leaving out what is not among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, literal_column, select, tuple_

from osm.extensions import db
from osm.regulation.words import Role, Status
from osm.store.models import Deadline, DeadlineState, Message
from osm.store.queries.duties import Duty
from osm.store.queries.inbox_rows import InboxRow, RowClock, read_rows
from osm.store.queries.register_filter import Reader, RegisterFilter, columns_fulfil, sets_of_ids
from osm.store.types import UtcDateTime

PAGE_ROWS = 50
COUNTED = 1000
"""Counting ends here: beyond it «999+» is shown."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = Duty(Role.HEAD, Status.NEW, "", ())


class Sort(StrEnum):
    """In which order; each ends with the id, so that no two messages stand in the same place."""

    NEWEST = "newest"
    OLDEST = "oldest"
    TERM = "term"
    """The next term first; only messages of which a known term runs (`Term.RUNNING`)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order, between two rows: the instant by which is sorted, and the id. `back`: read upwards."""

    at: datetime
    message_id: int
    back: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.back else ''}{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.message_id}"

    @classmethod
    def of(cls, text: str) -> Place | None:
        """From the address; None for what is no place."""
        instant, dot, number = text.removeprefix("-").partition(".")
        if not dot or not all(part.isascii() and part.isdigit() and len(part) < 18 for part in (instant, number)):
            return None
        try:
            return cls(_EPOCH + timedelta(microseconds=int(instant)), int(number), text.startswith("-"))
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """Some rows, and the places before and behind them where there are more."""

    rows: tuple[InboxRow, ...]
    before: Place | None
    behind: Place | None


def read_page(
    wanted: RegisterFilter, reader: Reader, sort: Sort, place: Place | None = None, limit: int = PAGE_ROWS
) -> RegisterPage:
    """The page at this place, the first one without a place."""
    back = place is not None and place.back
    found = _keys(wanted, reader, sort, place, limit + 1)
    more, found = len(found) > limit, found[:limit]
    if back:
        found.reverse()
    if not found:
        return RegisterPage((), None, None)
    rows = read_rows([(message_id, _SHOWN) for _, message_id in found])
    shown = tuple(_by_next_term(rows[message_id]) for _, message_id in found if message_id in rows)
    before = Place(*found[0], back=True) if (more if back else place is not None) else None
    return RegisterPage(shown, before, Place(*found[-1]) if back or more else None)


def all_ids(
    wanted: RegisterFilter, reader: Reader, sort: Sort, at_most: int, together: int = 500
) -> Iterator[list[int]]:
    """Ids of everything that is filtered, in order, so many at a time."""
    place: Place | None = None
    while at_most > 0:
        found = _keys(wanted, reader, sort, place, min(together, at_most))
        if not found:
            return
        yield [message_id for _, message_id in found]
        at_most -= len(found)
        place = Place(*found[-1])


def count(wanted: RegisterFilter, reader: Reader) -> int:
    """How many messages are filtered, COUNTED at most."""
    few, conditions = _conditions(wanted, reader)
    if few is not None and not few:
        return 0
    some = select(Message.id).where(*conditions).limit(COUNTED)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _keys(
    wanted: RegisterFilter, reader: Reader, sort: Sort, place: Place | None, limit: int
) -> list[tuple[datetime, int]]:
    """Instant and id of the next messages behind the place (before it, the nearest first, where it looks back)."""
    few, conditions = _conditions(wanted, reader)
    if few is not None and not few:
        return []
    query, at = _in_order(sort)
    falls = (sort is Sort.NEWEST) != (place is not None and place.back)
    query = query.where(*conditions)
    if place is not None:
        here, there = tuple_(at, Message.id), tuple_(literal(place.at, UtcDateTime), place.message_id)
        query = query.where(here < there if falls else here > there)
    order = (at.desc(), Message.id.desc()) if falls else (at.asc(), Message.id.asc())
    return [(instant, number) for instant, number in db.session.execute(query.order_by(*order).limit(limit))]


def _in_order(sort: Sort) -> tuple[Any, Any]:
    if sort is not Sort.TERM:
        return select(Message.received_at, Message.id), Message.received_at
    first = (
        select(Deadline.message_id, func.min(Deadline.due_at).label("due"))
        .where(Deadline.state == DeadlineState.OPEN, Deadline.assignment_id.is_(None), Deadline.due_at.is_not(None))
        .group_by(Deadline.message_id)
        .subquery()
    )
    return select(first.c.due, Message.id).join(first, first.c.message_id == Message.id), first.c.due


def _conditions(wanted: RegisterFilter, reader: Reader) -> tuple[Sequence[int] | None, list[ColumnElement[bool]]]:
    """The ids to which few filters narrow it down (None: none of them does), and all conditions on Message."""
    few: set[int] | None = None
    large: list[Select[Any]] = []
    for ids in sets_of_ids(wanted, reader):
        some = db.session.scalars(ids.limit(COUNTED + 1)).all()
        if len(some) > COUNTED:
            large.append(ids)
        else:
            few = set(some) if few is None else few & set(some)
        if few is not None and not few:
            break
    conditions = list(columns_fulfil(wanted))
    if few is not None:
        conditions.append(Message.id.in_(sorted(few)))
    # The sign takes the condition away from the planner as a way to begin: it becomes a check on the way.
    conditions.extend(literal_column("+message.id").in_(ids) for ids in large)
    return (None if few is None else sorted(few)), conditions


def _by_next_term(row: InboxRow) -> InboxRow:
    """Measured by the clock that ends first; one whose end is not known counts before all."""
    running = list((row.clocks or {}).values())
    return replace(row, clock=min(running, key=_due, default=None))


def _due(clock: RowClock) -> tuple[bool, datetime]:
    return clock.due_at is not None, clock.due_at or _EPOCH
