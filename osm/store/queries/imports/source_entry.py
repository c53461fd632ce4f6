"""Which published replies are still to be entered in «Инцидент Менеджмент» by hand (design §6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, tuple_
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.substitution import ACTING
from osm.regulation.words import ReplyKind
from osm.store.models import Draft, Message, Reply, User
from osm.store.types import UtcDateTime

PAGE = 20
"""Replies on one page of the queue, each with its whole text."""
ENTERED_SHOWN = 10
"""Of the latest ticks, so that a wrong one is taken back at once."""
COUNTED = 1000
"""The badge says «999+» from here on."""


def waits_for_entry() -> ColumnElement[bool]:
    """The condition on Reply: published, to a message from «Инцидент Менеджмент», not entered there."""
    return and_(Reply.published_at.is_not(None), Reply.entered_in_source_at.is_(None), Reply.for_source)


def ids_not_in_source() -> Select[Any]:
    """The messages that have a published reply which is «не внесено в ИМ», some of them several times."""
    return select(Reply.message_id).where(waits_for_entry())


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One published reply as it is to be entered, or was. `entered_by` is empty where an export showed it."""

    reply_id: int
    message_id: int
    number: str
    network: str
    message_url: str
    question: str
    kind: ReplyKind
    text: str
    published_at: datetime
    published_url: str
    published_by: str
    source_status: str
    source_deadline: datetime | None
    entered_at: datetime | None
    entered_by: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One page of the queue, the longest published first. `more`: others follow behind the last row."""

    rows: tuple[EntryRow, ...]
    more: bool


def count_not_in_source() -> int:
    """How many replies wait, not above COUNTED."""
    some = select(Reply.id).where(waits_for_entry()).limit(COUNTED)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def count_messages_not_in_source() -> int:
    """How many messages these are, as the register's filter counts them, not above COUNTED."""
    some = select(Reply.message_id).where(waits_for_entry()).distinct().limit(COUNTED)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def waiting_page(after: int | None = None) -> Waiting:
    """`after`: the last reply already seen. Replies that are ticked or published meanwhile move no page."""
    query = _rows().where(waits_for_entry()).order_by(Reply.published_at, Reply.id).limit(PAGE + 1)
    seen = db.session.scalar(select(Reply.published_at).where(Reply.id == after)) if after else None
    if seen is not None:
        query = query.where(tuple_(Reply.published_at, Reply.id) > tuple_(literal(seen, UtcDateTime), literal(after)))
    rows = tuple(_read(query))
    return Waiting(rows[:PAGE], len(rows) > PAGE)


def latest_entered() -> tuple[EntryRow, ...]:
    """The latest ticks, the last one first."""
    query = _rows().where(Reply.entered_in_source_at.is_not(None))
    return tuple(_read(query.order_by(Reply.entered_in_source_at.desc(), Reply.id.desc()).limit(ENTERED_SHOWN)))


def entry_row(reply_id: int) -> EntryRow | None:
    """This reply, ticked or not; None where it is none of the queue's kind."""
    query = _rows().where(Reply.id == reply_id, Reply.published_at.is_not(None), Reply.for_source)
    return next(_read(query), None)


def answers(begin: datetime | None, end: datetime | None, *, entered_too: bool) -> Iterator[EntryRow]:
    """The replies of an export by their publication in [begin, end), oldest first, read in little memory."""
    query = _rows().where(Reply.published_at.is_not(None), Reply.for_source)
    if not entered_too:
        query = query.where(Reply.entered_in_source_at.is_(None))
    if begin is not None:
        query = query.where(Reply.published_at >= begin)
    if end is not None:
        query = query.where(Reply.published_at < end)
    return _read(query.order_by(Reply.published_at, Reply.id).execution_options(yield_per=500))


def _rows() -> Select[Any]:
    publisher, absent, enterer = aliased(User), aliased(User), aliased(User)
    columns: list[Any] = [
        Reply.id,
        Message.id,
        Message.number,
        Message.network,
        Message.url,
        Message.text,
        Reply.kind,
        Draft.text,
        Reply.published_at,
        Reply.published_url,
        case(
            (absent.id.is_(None), func.coalesce(publisher.name, "")), else_=publisher.name + ACTING + absent.name + ")"
        ),
        Message.source_status,
        Message.source_deadline,
        Reply.entered_in_source_at,
        func.coalesce(enterer.name, ""),
    ]
    return (
        select(*columns)
        .join(Message, Message.id == Reply.message_id)
        .join(Draft, Draft.id == Reply.approved_draft_id)
        .outerjoin(publisher, publisher.id == Reply.published_by_id)
        .outerjoin(absent, absent.id == Reply.published_for_id)
        .outerjoin(enterer, enterer.id == Reply.entered_in_source_by_id)
    )


def _read(query: Select[Any]) -> Iterator[EntryRow]:
    return (EntryRow(*row) for row in db.session.execute(query))
