"""The register: pages that stay where they are while rows arrive, and counting that ends at a thousand.

A filter by other tables (words, executors, terms) is first asked how much it leaves. Few messages are looked at one by
one; of many a page is found sooner by walking along the order and leaving out what is not among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, tuple_

from osm.extensions import db
from osm.numbers import whole
from osm.regulation.words import Role, Status
from osm.store.models import Deadline, DeadlineState, Message
from osm.store.queries.clocks.duties import Duty
from osm.store.queries.clocks.rows import InboxRow, RowClock, read_rows
from osm.store.queries.register.filter import Elsewhere, Reader, RegisterFilter, columns_fulfil, elsewhere
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
    """A place in the order, between two rows: the instant that rows are sorted by, and the id. `back`: read upwards."""

    at: datetime
    message_id: int
    back: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.back else ''}{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.message_id}"

    @classmethod
    def of(cls, text: str) -> Place | None:
        """From the address; None for what is no place."""
        instant, dot, number = text.removeprefix("-").partition(".")
        microseconds, message_id = whole(instant, digits=17), whole(number)
        if not dot or microseconds is None or message_id is None:
            return None
        try:
            return cls(_EPOCH + timedelta(microseconds=microseconds), message_id, text.startswith("-"))
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """Some rows of `total` (COUNTED at most), and the places before and behind them where there are more."""

    total: int
    rows: tuple[InboxRow, ...]
    before: Place | None
    behind: Place | None
    places: Mapping[int, Place] = field(default_factory=dict)
    """Where each row stands, by the id of its message."""


@dataclass(frozen=True, slots=True)
class _Narrowed:
    """The conditions on Message: checked on the way along an order, or to begin with where only a number is wanted.

    Known without counting: that nothing is left (`is_empty`), or no less than is counted (`is_more`).
    """

    on_the_way: list[ColumnElement[bool]]
    to_begin_with: list[ColumnElement[bool]]
    is_empty: bool = False
    is_more: bool = False


def read_page(
    wanted: RegisterFilter, reader: Reader, sort: Sort, place: Place | None = None, limit: int = PAGE_ROWS
) -> RegisterPage:
    """The page at this place, the first one without a place."""
    back = place is not None and place.back
    narrowed = _narrowed(wanted, reader)
    found = _keys(narrowed, sort, place, limit + 1)
    whole = place is None and len(found) <= limit
    total = min(len(found), COUNTED) if whole else _count(narrowed)
    more, found = len(found) > limit, found[:limit]
    if back:
        found.reverse()
    if not found:
        return RegisterPage(total, (), None, None)
    rows = read_rows([(message_id, _SHOWN) for _, message_id in found])
    shown = tuple(_by_next_term(rows[message_id]) for _, message_id in found if message_id in rows)
    before = Place(*found[0], back=True) if (more if back else place is not None) else None
    places = {message_id: Place(at, message_id) for at, message_id in found}
    return RegisterPage(total, shown, before, Place(*found[-1]) if back or more else None, places)


def beside(wanted: RegisterFilter, reader: Reader, sort: Sort, place: Place) -> tuple[Place | None, Place | None]:
    """What stands before and behind a place. Its message may be among the filtered ones no longer."""
    narrowed = _narrowed(wanted, reader)
    before = _keys(narrowed, sort, replace(place, back=True), 1)
    behind = _keys(narrowed, sort, replace(place, back=False), 1)
    return Place(*before[0]) if before else None, Place(*behind[0]) if behind else None


def all_ids(
    wanted: RegisterFilter, reader: Reader, sort: Sort, at_most: int, together: int = 500
) -> Iterator[list[int]]:
    """Ids of everything that is filtered, in order, so many at a time."""
    place: Place | None = None
    narrowed = _narrowed(wanted, reader)
    while at_most > 0:
        found = _keys(narrowed, sort, place, min(together, at_most))
        if not found:
            return
        yield [message_id for _, message_id in found]
        at_most -= len(found)
        place = Place(*found[-1])


def count(wanted: RegisterFilter, reader: Reader) -> int:
    """How many messages are filtered, COUNTED at most."""
    return _count(_narrowed(wanted, reader))


def _count(narrowed: _Narrowed) -> int:
    if narrowed.is_empty or narrowed.is_more:
        return COUNTED if narrowed.is_more else 0
    some = select(Message.id).where(*narrowed.to_begin_with).limit(COUNTED)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _keys(narrowed: _Narrowed, sort: Sort, place: Place | None, limit: int) -> list[tuple[datetime, int]]:
    """Instant and id of the next messages behind the place (before it, the nearest first, where it looks back)."""
    if narrowed.is_empty:
        return []
    query, at = _in_order(sort)
    falls = (sort is Sort.NEWEST) != (place is not None and place.back)
    query = query.where(*narrowed.on_the_way)
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


def _narrowed(wanted: RegisterFilter, reader: Reader) -> _Narrowed:
    """Ask each filter by another table how much it leaves, and write the conditions accordingly."""
    few: set[int] | None = None
    columns = list(columns_fulfil(wanted))
    large: list[Elsewhere] = []
    most = 0
    for one in elsewhere(wanted, reader):
        some = db.session.scalars(one.ids.limit(COUNTED + 1)).all()
        if len(some) > COUNTED:
            large.append(one)
            most = len(set(some))
        else:
            few = set(some) if few is None else few & set(some)
        if few is not None and not few:
            return _Narrowed([], [], is_empty=True)
    if few is not None:
        columns.append(Message.id.in_(sorted(few)))
    there = Message.recalled_at.is_(None)  # what a load that was taken back had brought is in no list
    alone = len(large) == 1 and not columns
    return _Narrowed(
        on_the_way=[*columns, *(one.on_the_way for one in large), there],
        to_begin_with=[*columns, *(one.to_begin_with for one in large), there],
        # One row more than is counted was found, and nothing else is asked: there is nothing left to count.
        is_more=alone and most >= COUNTED,
    )


def _by_next_term(row: InboxRow) -> InboxRow:
    """Measured by the clock that ends first; one whose end is not known counts before all."""
    running = list((row.clocks or {}).values())
    return replace(row, clock=min(running, key=_due, default=None))


def _due(clock: RowClock) -> tuple[bool, datetime]:
    return clock.due_at is not None, clock.due_at or _EPOCH
