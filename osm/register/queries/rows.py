"""The register: pages that do not shift when new rows arrive, and counting up to a thousand; saved filters; the
journal. For a filter by other tables (words, executors, terms) the number of matches is found first: few are then read
one by one; with many, it is quicker to read along the order and skip the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.base.numbers import whole
from osm.base.types import OfRow, UtcDateTime, is_code
from osm.flow.queries.clocks import InboxRow, RowClock, read_rows
from osm.flow.queries.duties import Duty
from osm.models import Assignment, Author, Closure, Deadline, Department, Message, Reply, SavedFilter, User
from osm.register.queries.filter import Elsewhere, Reader, RegisterFilter, columns_fulfil, elsewhere
from osm.regulation import words
from osm.regulation.executors import acting_words
from osm.regulation.words import ClockKind, DeadlineState, Labelled

# --- The register
PAGE_ROWS = 30
COUNTED = 1000  # counting stops here; above it «999+» is shown
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = Duty(words.Role.HEAD, words.Status.NEW, "", ())


class Sort(Labelled):
    """The order; each ends with the id, so that it is unique."""

    NEWEST = "newest", "новые сверху"
    OLDEST = "oldest", "старые сверху"
    TERM = "term", "по сроку"  # the next term first; only messages with a running known term (`Term.RUNNING`)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order, between two rows: the sorted instant, and the id. `back`: read upwards."""

    at: datetime
    message_id: int
    back: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.back else ''}{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.message_id}"

    @classmethod
    def of(cls, text: str) -> Place | None:
        """From the address; None if invalid."""
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
    """Some rows of `total` (at most COUNTED), and the places before and after them if there are more rows."""

    total: int
    rows: tuple[InboxRow, ...]
    before: Place | None
    behind: Place | None
    places: Mapping[int, Place] = field(default_factory=dict)  # Message id → the place of its row


@dataclass(frozen=True, slots=True)
class _Narrowed:
    """The conditions on Message: for reading along an order, or to count. Known without counting: that no message fits
    (`is_empty`), or at least COUNTED (`is_more`)."""

    on_the_way: list[ColumnElement[bool]]
    to_begin_with: list[ColumnElement[bool]]
    is_empty: bool = False
    is_more: bool = False


def read_page(
    wanted: RegisterFilter, reader: Reader, sort: Sort, place: Place | None = None, limit: int = PAGE_ROWS
) -> RegisterPage:
    """The page at this place, or the first one."""
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
    """The messages before and after a place, even if its own message no longer fits the filters."""
    narrowed = _narrowed(wanted, reader)
    before = _keys(narrowed, sort, replace(place, back=True), 1)
    behind = _keys(narrowed, sort, replace(place, back=False), 1)
    return Place(*before[0]) if before else None, Place(*behind[0]) if behind else None


def all_ids(
    wanted: RegisterFilter, reader: Reader, sort: Sort, at_most: int, together: int = 500
) -> Iterator[list[int]]:
    """Ids of all messages that fit, in order, so many at a time."""
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
    """The number of messages that fit, at most COUNTED."""
    return _count(_narrowed(wanted, reader))


def _count(narrowed: _Narrowed) -> int:
    if narrowed.is_empty or narrowed.is_more:
        return COUNTED if narrowed.is_more else 0
    some = select(Message.id).where(*narrowed.to_begin_with).limit(COUNTED)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _keys(narrowed: _Narrowed, sort: Sort, place: Place | None, limit: int) -> list[tuple[datetime, int]]:
    """Instant and id of the next messages after the place (if it looks back: before it, the nearest first)."""
    if narrowed.is_empty:
        return []
    query, at = _in_order(sort)
    falls = (sort is Sort.NEWEST) != (place is not None and place.back)
    query = query.where(*narrowed.on_the_way)
    if place is not None:
        here, there = tuple_(at, Message.id), tuple_(literal(place.at, UtcDateTime), place.message_id)
        query = query.where(here < there if falls else here > there)
    order = (at.desc(), Message.id.desc()) if falls else (at.asc(), Message.id.asc())
    return list(db.session.execute(query.order_by(*order).limit(limit)))


def _in_order(sort: Sort) -> tuple[Any, Any]:
    if sort is not Sort.TERM:
        return select(Message.received_at, Message.id), Message.received_at
    first = (
        select(Deadline.message_id, func.min(Deadline.due_at).label("due"))
        .where(
            is_code(Deadline.state, DeadlineState.OPEN), Deadline.assignment_id.is_(None), Deadline.due_at.is_not(None)
        )
        .group_by(Deadline.message_id)
        .subquery()
    )
    return select(first.c.due, Message.id).join(first, first.c.message_id == Message.id), first.c.due


def _narrowed(wanted: RegisterFilter, reader: Reader) -> _Narrowed:
    """Find how many messages each filter by another table leaves, and write the conditions accordingly."""
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
    there = Message.recalled_at.is_(None)  # messages of an import that was taken back are in no list
    alone = len(large) == 1 and not columns
    return _Narrowed(
        on_the_way=[*columns, *(one.on_the_way for one in large), there],
        to_begin_with=[*columns, *(one.to_begin_with for one in large), there],
        # More rows than are counted fit, and there is no other filter, so counting is not needed.
        is_more=alone and most >= COUNTED,
    )


def _by_next_term(row: InboxRow) -> InboxRow:
    """Measured by the clock that ends first; an unknown end counts before all."""
    running = list(row.clocks.values())
    return replace(row, clock=min(running, key=_due, default=None))


def _due(clock: RowClock) -> tuple[bool, datetime]:
    return clock.due_at is not None, clock.due_at or _EPOCH


# --- Saved filters
def filters_of(user_id: int) -> Sequence[SavedFilter]:
    wanted = select(SavedFilter).where(SavedFilter.user_id == user_id)
    return db.session.scalars(wanted.order_by(SavedFilter.name, SavedFilter.id)).all()


# --- «Журнал учёта сообщений»
CHUNK = 500
SHOWN_TERMS = (ClockKind.ANSWER, ClockKind.FINAL)
"""The terms that the citizen can expect; internal ones are only on the card."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the answer, or a missed term. `due_at` is None beyond the known calendar."""

    label: str
    clause: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class JournalRow(OfRow):
    """One message, with the columns of `_messages`. `closing`: the new addressee, or why there was no answer."""

    row: Any
    closing: str
    departments: tuple[str, ...]
    executors: tuple[str, ...]
    terms: tuple[Term, ...]
    replies: tuple[Any, ...]  # the published ones: `kind`, `at`, `url`
    breaches: tuple[Term, ...]


def _received(begin: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return Message.received_at >= begin, Message.received_at < end, Message.recalled_at.is_(None)


def journal_count(begin: datetime, end: datetime) -> int:
    """Messages received in [begin, end)."""
    query = select(func.count()).where(*_received(begin, end))
    return db.session.scalar(query) or 0


def journal_rows(begin: datetime, end: datetime) -> Iterator[JournalRow]:
    """By receipt, in little memory: six statements for each CHUNK of messages."""
    behind: tuple[datetime, int] | None = None
    while rows := _messages(begin, end, behind):
        yield from _complete(rows)
        behind = (rows[-1].received_at, rows[-1].id)
        if len(rows) < CHUNK:
            return


def _messages(begin: datetime, end: datetime, behind: tuple[datetime, int] | None) -> Sequence[Any]:
    columns: list[Any] = [
        Message.id, Message.number, Message.network, Message.received_at,
        func.coalesce(Author.name, "").label("author"), Message.text, Message.url, Message.status,
    ]  # fmt: skip
    query = (
        select(*columns)
        .outerjoin(Author, Author.id == Message.author_id)
        .where(*_received(begin, end))
        .order_by(Message.received_at, Message.id)
        .limit(CHUNK)
    )
    if behind is not None:
        last = tuple_(literal(behind[0], UtcDateTime), literal(behind[1]))
        query = query.where(tuple_(Message.received_at, Message.id) > last)
    return db.session.execute(query).all()


def _complete(rows: Sequence[Any]) -> Iterator[JournalRow]:
    ids = [row.id for row in rows]
    people, terms, replies, closings = _people(ids), _terms(ids), _replies(ids), _closings(ids)
    for row in rows:
        asked, (owed, missed) = people[row.id], terms[row.id]
        yield JournalRow(
            row, closing=closings.get(row.id, ""),
            departments=tuple(dict.fromkeys(filter(None, (department for _, department in asked)))),
            executors=tuple(dict.fromkeys(name for name, _ in asked)), terms=tuple(owed.values()),
            replies=tuple(replies[row.id]), breaches=tuple(missed),
        )  # fmt: skip


def _people(ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Message id → name and department of its present executors, or of all former ones if there is none now."""
    found: dict[int, list[tuple[str, str, bool]]] = defaultdict(list)
    absent = aliased(User)
    for message_id, name, absent_name, department, ended_at in db.session.execute(
        select(
            Assignment.message_id,
            User.name,
            func.coalesce(absent.name, ""),
            func.coalesce(Department.short_name, ""),
            Assignment.ended_at,
        )
        .join(User, User.id == Assignment.executor_id)
        .outerjoin(absent, absent.id == Assignment.for_id)
        .outerjoin(Department, Department.id == Assignment.department_id)
        .where(Assignment.message_id.in_(ids))
        .order_by(Assignment.order_no, Assignment.id)
    ):
        found[message_id].append((acting_words(name, absent_name), department, ended_at is None))
    chosen: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for message_id, people in found.items():
        active = [person for person in people if person[2]] or people
        chosen[message_id] = [(name, department) for name, department, _ in active]
    return chosen


def _terms(ids: Sequence[int]) -> Mapping[int, tuple[dict[ClockKind, Term], list[Term]]]:
    """Message id → the latest term of each kind shown, and all missed terms."""
    found: dict[int, tuple[dict[ClockKind, Term], list[Term]]] = defaultdict(lambda: ({}, []))
    for message_id, kind, clause, due_at, state, breached_at in db.session.execute(
        select(
            Deadline.message_id, Deadline.kind, Deadline.clause, Deadline.due_at, Deadline.state, Deadline.breached_at
        )
        .where(Deadline.message_id.in_(ids))
        .order_by(Deadline.id)
    ):
        term = Term(kind.label, clause, due_at)
        owed, missed = found[message_id]
        if kind in SHOWN_TERMS and state is not DeadlineState.REPLACED:
            owed[kind] = term
        if breached_at is not None:
            missed.append(term)
    return found


def _replies(ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(
        select(Reply.message_id, Reply.kind, Reply.published_at.label("at"), Reply.published_url.label("url"))
        .where(Reply.message_id.in_(ids), Reply.published_at.is_not(None))
        .order_by(Reply.published_at, Reply.id)
    ):
        found[row.message_id].append(row)
    return found


def _closings(ids: Sequence[int]) -> dict[int, str]:
    """Message id → ground, recipient and reason of the closing in force."""
    query = select(Closure.message_id, Closure.ground, Closure.recipient, Closure.reason).where(
        Closure.message_id.in_(ids), Closure.restored_at.is_(None)
    )
    return {
        message_id: "; ".join(filter(None, (ground.label.lower() if ground else "", recipient, reason)))
        for message_id, ground, recipient, reason in db.session.execute(query)
    }
