"""Publishing staged rows: each becomes a message, changes what the source owns of one, or leaves it as it is."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from osm.connectors.base import IncomingMessage, SourceState
from osm.extensions import db
from osm.regulation.transitions import OPEN
from osm.regulation.words import Importance, Status, status_label
from osm.services import entry, entry_of_many, readings
from osm.services.import_source import changes_of, columns_of, from_payload, logged
from osm.services.linking import is_confirmed_repeat
from osm.services.log import record
from osm.services.source_entry import entered_by_export
from osm.store.many_rows import table_of
from osm.store.models import Author, Closure, ImportRow, ImportRun, Message, Origin, RowOutcome, Topic

log = logging.getLogger(__name__)

SLICE_SECONDS = 0.06
"""A slice holds the only write lock of SQLite: other people must not notice it."""
TOGETHER = 50
"""Rows that are looked up and written together: a statement for many costs little more than one for a single row."""
ATTEMPTS = 3
"""Of one row, where its message or its author was not there a moment ago and is now."""

_HISTORY = "Загружено как история: ответ по этому сообщению не готовится."


@dataclass(frozen=True, slots=True)
class Staged:
    """A row of the staging table that waits."""

    id: int
    number: int
    warning: str
    payload: Mapping[str, Any]


def publish_slice(run: ImportRun, *, now: datetime) -> int:
    """Publish staged rows for about SLICE_SECONDS in the caller's transaction; how many. 0 means that none was left.

    A row and its outcome are written together: after a crash the next slice goes on behind the last whole one. However
    slow the machine, a slice that finds rows publishes some.
    """
    until = time.monotonic() + SLICE_SECONDS
    topics = {topic.name.casefold(): topic.id for topic in db.session.scalars(select(Topic))}
    done = 0
    while rows := staged(run.id, TOGETHER):
        _publish_together(run, rows, topics, now)
        done += len(rows)
        if time.monotonic() >= until:
            break
    return done


def predict(rows: Sequence[Staged]) -> Iterator[RowOutcome]:
    """What publishing these staged rows would do now: the answer of a dry run."""
    known = _messages([row.payload["key"] for row in rows])
    for row in rows:
        message = known.get(row.payload["key"])
        if message is None:
            yield RowOutcome.CREATED
        else:
            changed = changes_of(message, from_payload(row.payload))
            yield RowOutcome.UPDATED if changed else RowOutcome.UNCHANGED


def staged(run_id: int, limit: int, behind: int = -1) -> tuple[Staged, ...]:
    """The next staged rows in the order of the sheet, behind this one."""
    query = (
        select(ImportRow.id, ImportRow.row_no, ImportRow.warning, ImportRow.payload)
        .where(ImportRow.run_id == run_id, ImportRow.outcome == RowOutcome.STAGED, ImportRow.row_no > behind)
        .order_by(ImportRow.row_no)
        .limit(limit)
    )
    return tuple(Staged(*row) for row in db.session.execute(query).tuples())


def _messages(keys: Collection[str], *, lock: bool = False) -> dict[str, Message]:
    """Those that are stored, by key; locked in one order, so that nobody's act comes between reading and writing."""
    query = select(Message).where(Message.key.in_(keys)).order_by(Message.id)
    if lock:
        query = query.with_for_update(of=Message)
    return {message.key: message for message in db.session.scalars(query)}


def _publish_together(run: ImportRun, rows: Sequence[Staged], topics: Mapping[str, int], now: datetime) -> None:
    """All rows at once; where that fails, each by itself, so that a row that cannot be stored refuses itself alone."""
    try:
        with db.session.begin_nested():
            _publish(run, rows, topics, now)
    except OperationalError:
        raise
    except Exception:
        for row in rows:
            _publish_alone(run, row, topics, now)


def _publish_alone(run: ImportRun, row: Staged, topics: Mapping[str, int], now: datetime) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with db.session.begin_nested():
                _publish(run, [row], topics, now)
            return
        except OperationalError:
            raise
        except Exception as error:
            # Another process may have stored the same message or author since we looked: now it is seen.
            if not isinstance(error, IntegrityError) or attempt == ATTEMPTS:
                log.error("row refused", exc_info=error, extra={"run": run.id, "row": row.number})
                values = {"id": row.id, "outcome": RowOutcome.REJECTED, "reason": _refusal(row, error), "payload": {}}
                db.session.execute(update(ImportRow), [values])
                return


def _refusal(row: Staged, error: Exception) -> str:
    if isinstance(error, IntegrityError) and row.payload.get("number"):
        return f"Номер {row.payload['number']} уже занят другим сообщением."
    return "Строку не удалось записать: ошибка программы. Сообщите администратору время загрузки и номер строки."


def _publish(run: ImportRun, rows: Sequence[Staged], topics: Mapping[str, int], now: datetime) -> None:
    batch = [from_payload(row.payload) for row in rows]
    known = _messages([incoming.key for incoming in batch], lock=True)
    authors = entry.known_authors({incoming.author_url for incoming in batch if incoming.author_url})
    created: list[Message] = []
    unknown: list[Author] = []
    whose: list[tuple[Message, Author]] = []
    changed: list[int] = []
    done: list[tuple[Message, RowOutcome, str]] = []
    for row, incoming in zip(rows, batch, strict=True):
        topic_id = topics.get(incoming.topic.casefold())
        message = known.get(incoming.key)
        if message is None:
            message = _new(run, incoming, _author(authors, unknown, incoming), topic_id, now)
            created.append(message)
            done.append((message, RowOutcome.CREATED, row.warning))
        else:
            outcome = _update(message, incoming, topic_id, now)
            author = _author(authors, unknown, incoming) if message.author is None and incoming.author_url else None
            if author is not None:
                whose.append((message, author))
                changed.append(message.id)
            if outcome is RowOutcome.UPDATED:
                changed.append(message.id)
            done.append((message, outcome, "\n".join(filter(None, [row.warning, *_discords(message, incoming)]))))
    entry_of_many.register_all(created, unknown, now=now, actor=run.created_by)
    for message, author in whose:
        message.author_id = author.id
    readings.owe(changed, readings.ON_ENTRY)
    # The register has it now: the copy in the staging table would only be a second place of personal data.
    values = [
        {"row": row.id, "outcome": outcome, "warning": warning, "message_id": message.id, "payload": {}}
        for row, (message, outcome, warning) in zip(rows, done, strict=True)
    ]
    table = table_of(ImportRow)
    db.session.execute(update(table).where(table.c.id == bindparam("row")), values)


def _author(authors: dict[tuple[str, str], Author], unknown: list[Author], incoming: IncomingMessage) -> Author | None:
    """The author of a row; one who is not stored yet is added to `unknown`."""
    place = (incoming.network, incoming.author_url)
    author = authors.get(place)
    if author is None and (author := entry.new_author(incoming.network, incoming.author, incoming.author_url)):
        unknown.append(author)
        if author.profile_url:
            authors[place] = author
    return author


def _new(
    run: ImportRun, incoming: IncomingMessage, author: Author | None, topic_id: int | None, now: datetime
) -> Message:
    closed = run.history or incoming.state is SourceState.ANSWERED
    message = Message(
        number=incoming.number or entry.next_own_number(),
        key=incoming.key,
        origin=Origin.INCIDENT,
        status=Status.NEW if not closed else _closed_status(incoming),
        importance=Importance.HIGH if incoming.important else Importance.NORMAL,
        received_at=incoming.received_at or incoming.published_at or now,
        closed_at=(incoming.answered_at or now) if closed else None,
        stored_at=now,
        source_id=run.source_id,
        source_fingerprint=incoming.fingerprint,
        author=author,
        topic_id=topic_id,
        **columns_of(incoming),
    )
    if message.status is Status.DISMISSED:
        message.closures.append(Closure(status=Status.DISMISSED, reason=_HISTORY, closed_at=message.closed_at))
    return message


def _closed_status(incoming: IncomingMessage) -> Status:
    return Status.ANSWERED if incoming.state is SourceState.ANSWERED else Status.DISMISSED


def _update(message: Message, incoming: IncomingMessage, topic_id: int | None, now: datetime) -> RowOutcome:
    """Take over what the source owns. Anchors, importance, topic chosen here and all work stay (design §6)."""
    changed = changes_of(message, incoming)
    if changed.get("is_repeat") is False and is_confirmed_repeat(message.id):
        del changed["is_repeat"]  # a person has confirmed it here (П.15)
    message.source_fingerprint = incoming.fingerprint
    if not changed:
        return RowOutcome.UNCHANGED
    record("source_changed", at=now, actor=None, message=message, changes=logged(message, changed))
    for column, value in changed.items():
        setattr(message, column, value)
    if "source_status" in changed and incoming.state is SourceState.ANSWERED:
        entered_by_export(message, now=now)
    message.topic_id = message.topic_id or topic_id
    return RowOutcome.UPDATED


def _discords(message: Message, incoming: IncomingMessage) -> Iterator[str]:
    """Where the source has moved on and a person has to decide: local work is never changed by a file."""
    if message.status not in OPEN:
        return
    if incoming.important and message.importance is Importance.NORMAL:
        yield "В выгрузке важность повышенная, здесь обычная: если это верно, повысьте её на карточке (п. 9)."
    if incoming.state is SourceState.ANSWERED:
        yield f"В выгрузке «{incoming.status}», здесь «{status_label(message.status)}»: сроки идут, проверьте."
