"""«Журнал учёта сообщений»: one row a message received in a period, with what a clerk has to find in it years later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.clocks import CLOCK_LABELS, ClockKind
from osm.regulation.substitution import acting_words
from osm.regulation.words import GROUND_LABELS, ReplyKind, Status
from osm.store.models import (
    Assignment,
    Author,
    Closure,
    Deadline,
    DeadlineState,
    Department,
    Message,
    Reply,
    User,
)
from osm.store.types import UtcDateTime

CHUNK = 500
SHOWN_TERMS = (ClockKind.ANSWER, ClockKind.FINAL)
"""The terms that bind the administration towards the citizen; the inner ones stand on the card."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the answer, or a term that was missed. `due_at` is None where the calendar does not reach."""

    label: str
    clause: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Given:
    """A reply that stands in the network."""

    kind: ReplyKind
    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One message. `closing`: to whom it was handed on or why nothing was answered."""

    id: int
    number: str
    network: str
    received_at: datetime
    author: str
    text: str
    url: str
    status: Status
    closing: str
    departments: tuple[str, ...]
    executors: tuple[str, ...]
    terms: tuple[Term, ...]
    replies: tuple[Given, ...]
    breaches: tuple[Term, ...]


def _received(begin: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return Message.received_at >= begin, Message.received_at < end, Message.recalled_at.is_(None)


def journal_count(begin: datetime, end: datetime) -> int:
    """Messages received in [begin, end)."""
    query = select(func.count()).where(*_received(begin, end))
    return db.session.scalar(query) or 0


def journal_rows(begin: datetime, end: datetime) -> Iterator[JournalRow]:
    """In the order of receipt, in little memory: six statements for each CHUNK of messages."""
    behind: tuple[datetime, int] | None = None
    while rows := _messages(begin, end, behind):
        yield from _complete(rows)
        behind = (rows[-1].received_at, rows[-1].id)
        if len(rows) < CHUNK:
            return


def _messages(begin: datetime, end: datetime, behind: tuple[datetime, int] | None) -> Sequence[Any]:
    columns: list[Any] = [
        Message.id,
        Message.number,
        Message.network,
        Message.received_at,
        func.coalesce(Author.name, "").label("author"),
        Message.text,
        Message.url,
        Message.status,
    ]
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
            **row._mapping,
            closing=closings.get(row.id, ""),
            departments=tuple(dict.fromkeys(filter(None, (department for _, department in asked)))),
            executors=tuple(dict.fromkeys(name for name, _ in asked)),
            terms=tuple(owed.values()),
            replies=tuple(replies[row.id]),
            breaches=tuple(missed),
        )


def _people(ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Message id → name and department of who prepares the answer; where nobody does any more, of all who did."""
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
    """Message id → the latest term of each kind that is shown, and every term that was missed."""
    found: dict[int, tuple[dict[ClockKind, Term], list[Term]]] = defaultdict(lambda: ({}, []))
    for message_id, kind, clause, due_at, state, breached_at in db.session.execute(
        select(
            Deadline.message_id, Deadline.kind, Deadline.clause, Deadline.due_at, Deadline.state, Deadline.breached_at
        )
        .where(Deadline.message_id.in_(ids))
        .order_by(Deadline.id)
    ):
        term = Term(CLOCK_LABELS[kind], clause, due_at)
        owed, missed = found[message_id]
        if kind in SHOWN_TERMS and state is not DeadlineState.REPLACED:
            owed[kind] = term
        if breached_at is not None:
            missed.append(term)
    return found


def _replies(ids: Sequence[int]) -> dict[int, list[Given]]:
    found: dict[int, list[Given]] = defaultdict(list)
    for message_id, kind, at, url in db.session.execute(
        select(Reply.message_id, Reply.kind, Reply.published_at, Reply.published_url)
        .where(Reply.message_id.in_(ids), Reply.published_at.is_not(None))
        .order_by(Reply.published_at, Reply.id)
    ):
        if at is not None:
            found[message_id].append(Given(kind, at, url))
    return found


def _closings(ids: Sequence[int]) -> dict[int, str]:
    """Message id → ground, recipient and reason of the closing that is in force."""
    query = select(Closure.message_id, Closure.ground, Closure.recipient, Closure.reason).where(
        Closure.message_id.in_(ids), Closure.restored_at.is_(None)
    )
    return {
        message_id: "; ".join(filter(None, (GROUND_LABELS[ground].lower() if ground else "", recipient, reason)))
        for message_id, ground, recipient, reason in db.session.execute(query)
    }
