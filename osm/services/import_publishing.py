"""Publishing staged rows: each becomes a message, changes what the source owns of one, or leaves it as it is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select

from osm.connectors.base import IncomingMessage, SourceState
from osm.extensions import db
from osm.regulation.words import Importance, Status
from osm.services import entry
from osm.services.log import Change, record
from osm.store.models import Closure, ImportRow, ImportRun, Message, Origin, RowOutcome, Topic
from osm.store.transaction import transaction

SLICE_SECONDS = 0.08
"""A slice holds the only write lock of SQLite: other people must not notice it."""

_INSTANTS = frozenset({"published_at", "received_at", "deadline_at", "answered_at"})
_HISTORY = "Загружено как история: ответ по этому сообщению не готовится."


def to_payload(incoming: IncomingMessage) -> dict[str, Any]:
    """The message as JSON for the staging table."""
    payload: dict[str, Any] = {f.name: getattr(incoming, f.name) for f in fields(incoming)}
    for name in _INSTANTS:
        payload[name] = payload[name].isoformat() if payload[name] else None
    return payload | {"raw": dict(incoming.raw), "provided": sorted(incoming.provided), "state": incoming.state.value}


def from_payload(payload: Mapping[str, Any]) -> IncomingMessage:
    """The inverse of `to_payload`."""
    values = dict(payload)
    for name in _INSTANTS:
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    values["provided"] = frozenset(values["provided"])
    values["state"] = SourceState(values["state"])
    return IncomingMessage(**values)


def publish_slice(run_id: int, *, now: datetime, seconds: float = SLICE_SECONDS) -> int:
    """Publish staged rows for about `seconds` in one transaction; returns how many. 0 means that none was left.

    A row and its outcome are written together: after a crash the next slice goes on behind the last whole one.
    """
    until = time.monotonic() + seconds
    done = 0
    with transaction() as session:
        run = session.get_one(ImportRun, run_id)
        topics = {topic.name.casefold(): topic.id for topic in session.scalars(select(Topic))}
        for row in _staged(run, 100):
            _publish(run, row, topics, now)
            done += 1
            if time.monotonic() > until:
                break
    return done


def predict(rows: Sequence[ImportRow]) -> dict[RowOutcome, int]:
    """What publishing these staged rows would do now, counted: the answer of a dry run."""
    known = _fingerprints([row.payload["key"] for row in rows])
    counts = dict.fromkeys((RowOutcome.CREATED, RowOutcome.UPDATED, RowOutcome.UNCHANGED), 0)
    for row in rows:
        counts[_outcome(known.get(row.payload["key"]), row.payload["fingerprint"])] += 1
    return counts


def _outcome(stored: str | None, fingerprint: str) -> RowOutcome:
    if stored is None:
        return RowOutcome.CREATED
    return RowOutcome.UNCHANGED if stored == fingerprint else RowOutcome.UPDATED


def _fingerprints(keys: Sequence[str]) -> dict[str, str]:
    found = db.session.execute(select(Message.key, Message.source_fingerprint).where(Message.key.in_(keys)))
    return {key: fingerprint for key, fingerprint in found}


def _staged(run: ImportRun, limit: int) -> Sequence[ImportRow]:
    query = (
        select(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.outcome == RowOutcome.STAGED)
        .order_by(ImportRow.row_no)
        .limit(limit)
        .with_for_update()
    )
    return db.session.scalars(query).all()


def _publish(run: ImportRun, row: ImportRow, topics: Mapping[str, int], now: datetime) -> None:
    incoming = from_payload(row.payload)
    message = db.session.scalars(select(Message).where(Message.key == incoming.key)).unique().one_or_none()
    row.outcome = _outcome(message.source_fingerprint if message else None, incoming.fingerprint)
    if message is None:
        message = _create(run, incoming, topics, now)
    elif row.outcome is RowOutcome.UPDATED:
        _update(message, incoming, topics, now)
    row.message_id = message.id


def _create(run: ImportRun, incoming: IncomingMessage, topics: Mapping[str, int], now: datetime) -> Message:
    received_at = incoming.received_at or incoming.published_at or now
    closed = run.history or incoming.state is SourceState.ANSWERED
    message = Message(
        number=incoming.number or entry.next_own_number(),
        key=incoming.key,
        origin=Origin.INCIDENT,
        status=Status.NEW if not closed else _closed_status(incoming),
        importance=Importance.HIGH if incoming.important else Importance.NORMAL,
        received_at=received_at,
        closed_at=(incoming.answered_at or now) if closed else None,
        stored_at=now,
        source_id=run.source_id,
        source_fingerprint=incoming.fingerprint,
        author=entry.find_author(incoming.network, incoming.author, incoming.author_url),
        topic_id=topics.get(incoming.topic.casefold()),
        **_owned_by_source(incoming),
    )
    entry.register(message, now=now, actor=run.created_by)
    if message.status is Status.DISMISSED:
        db.session.add(Closure(message=message, status=Status.DISMISSED, reason=_HISTORY, closed_at=message.closed_at))
    return message


def _closed_status(incoming: IncomingMessage) -> Status:
    return Status.ANSWERED if incoming.state is SourceState.ANSWERED else Status.DISMISSED


def _owned_by_source(incoming: IncomingMessage) -> dict[str, Any]:
    """Columns of a message that follow the source as long as it exists."""
    return {
        "network": incoming.network,
        "url": incoming.url,
        "text": incoming.text,
        "place": incoming.place,
        "is_repeat": incoming.is_repeat,
        "published_at": incoming.published_at,
        "source_status": incoming.status,
        "source_topic": incoming.topic,
        "source_deadline": incoming.deadline_at,
        "source_raw": _rest(incoming),
    }


_FIELD_OF = {
    "network": "network",
    "url": "url",
    "text": "text",
    "place": "place",
    "is_repeat": "repeat",
    "published_at": "published_at",
    "source_status": "status",
    "source_topic": "topic",
    "source_deadline": "deadline",
}
"""Column → the field of the mapping that fills it: what a file has no column for is not emptied by it."""

_REST = ("municipality", "subtopic", "responsible", "curator", "tone", "answer", "answer_url")


def _rest(incoming: IncomingMessage) -> dict[str, str]:
    """What has no column of its own, as it came."""
    named = {name: getattr(incoming, name) for name in _REST if getattr(incoming, name)}
    if incoming.answered_at:
        named["answered_at"] = incoming.answered_at.isoformat()
    return {**incoming.raw, **named}


def _update(message: Message, incoming: IncomingMessage, topics: Mapping[str, int], now: datetime) -> None:
    """Take over what the source owns. Anchors, importance, topic chosen here and all work stay (design §6)."""
    changes: dict[str, Change] = {}
    for column, value in _owned_by_source(incoming).items():
        old = getattr(message, column)
        if column in _FIELD_OF and _FIELD_OF[column] not in incoming.provided or old == value:
            continue
        setattr(message, column, {**old, **value} if column == "source_raw" else value)
        # The log holds no texts of people; of them it is enough to know that they changed.
        changes[column] = (old, value) if column in ("source_status", "source_topic") else ("changed", True)
    if message.topic_id is None:
        message.topic_id = topics.get(incoming.topic.casefold())
    if incoming.author_url and message.author is None:
        message.author = entry.find_author(incoming.network, incoming.author, incoming.author_url)
    message.source_fingerprint = incoming.fingerprint
    record("source_changed", at=now, actor=None, message=message, changes=changes)
