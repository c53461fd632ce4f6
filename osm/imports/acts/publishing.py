"""Publish staged rows: each creates a message, updates one, or changes nothing."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError

from osm.base.database import db, draw_ids, update_rows, write_rows
from osm.base.transaction import is_passing
from osm.check.acts import due
from osm.connectors.base import IncomingMessage, SourceState
from osm.connectors.hearing import name_at, name_in
from osm.imports.acts import held as acts_held
from osm.imports.acts import mending
from osm.imports.acts.files import OWNED, columns_of, from_payload, logged
from osm.imports.acts.held import Difference, difference, is_another, other_key
from osm.log.acts.record import Change, record
from osm.messages.acts import closing, entry, executors
from osm.messages.queries.card import CHANGED
from osm.models import (
    Author,
    Closure,
    EditionKind,
    ImportRow,
    ImportRun,
    Message,
    MessageEdition,
    Origin,
    RowOutcome,
    Topic,
    User,
)
from osm.portal import acts as portal
from osm.regulation.transitions import OPEN
from osm.regulation.words import Importance, Status

# --- Updates of stored messages
INSTANTS = frozenset({"published_at", "source_deadline"})  # columns that `before` keeps as ISO


@dataclass
class Updates:
    """The updates of one batch: `take` changes the messages, `write` stores the old values and the log."""

    run: ImportRun
    now: datetime
    author_of: Callable[[IncomingMessage], Author | None]
    actor: User | None = None  # the person who decided, if it was not the file alone
    rows: list[dict[str, Any]] = field(default_factory=list)
    events: list[tuple[str, Message, dict[str, Change]]] = field(default_factory=list)
    authors: list[tuple[Message, Author]] = field(default_factory=list)
    answered: list[Message] = field(default_factory=list)  # messages that the source now calls answered

    def take(self, message: Message, incoming: IncomingMessage, topic_id: int | None) -> RowOutcome:
        """Apply the fields of the source. Anchors, importance, a topic chosen here and all work stay (design §6)."""
        was, is_first = _values(message), not message.in_source
        taken = mending.take_over(message, incoming, self.run.source_id) if is_first else {}
        found = difference(message, incoming)
        columns = dict(found.columns)
        if columns.get("is_repeat") is False and closing.is_confirmed_repeat(message.id):
            del columns["is_repeat"]  # a person has confirmed it here (П.15)
        message.source_fingerprint = incoming.fingerprint
        if not columns and not found.told and not taken:
            return RowOutcome.UNCHANGED
        changes = taken | logged(message, columns)
        self._write_into(message, incoming, found, columns)
        if "source_status" in columns and incoming.state is SourceState.ANSWERED:
            self.answered.append(message)
        message.topic_id = message.topic_id or topic_id
        before = {name: was[name] for name in _written(found, is_first)}
        self._keep(message, found, before, mending.FOUND if is_first else CHANGED, changes)
        return RowOutcome.UPDATED

    def write(self) -> None:
        """To be called after the new authors are stored."""
        for message, author in self.authors:
            message.author_id = author.id
        ids = list(draw_ids(MessageEdition, len(self.rows)))
        rows = [{"id": one, **row} for one, row in zip(ids, self.rows, strict=True)]
        write_rows(MessageEdition, rows)
        for edition_id, (action, message, changes) in zip(ids, self.events, strict=True):
            about: Mapping[str, Any] = {"object_kind": executors.EDITION, "object_id": edition_id}
            record(action, at=self.now, actor=self.actor, message=message, changes=changes, **about)
        for message in self.answered:
            mending.entered_by_export(message, now=self.now)

    def _write_into(
        self, message: Message, incoming: IncomingMessage, found: Difference, columns: Mapping[str, Any]
    ) -> None:
        for column, value in columns.items():
            setattr(message, column, value)
        if "url" in columns:
            message.comment_name = name_at(message.url)
        if found.new_author and (author := self.author_of(incoming)) is not None:
            self.authors.append((message, author))
        elif found.renamed and message.author is not None:
            message.author.name = incoming.author

    def _keep(
        self, message: Message, found: Difference, before: Mapping[str, Any], action: str, changes: dict[str, Change]
    ) -> None:
        draft_id, is_change = None, found.kind is EditionKind.CHANGE
        if "author" in found.told:
            changes["author"] = ("changed", True)
        if is_change:
            changes["version"] = (message.version, message.version + 1)
            message.version += 1
            draft_id = executors.hold_answer(message)
        self.events.append((action, message, changes))
        self.rows.append(
            {
                "message_id": message.id,
                "run_id": self.run.id,
                "made_at": self.now,
                "kind": found.kind,
                "told": dict(found.told),
                "before": before,
                "version": message.version,
                "raised": int(is_change),
                "holds_draft_id": draft_id,
            }
        )


_ALWAYS = ("source_fingerprint", "topic_id")
_OF_FIRST = ("key", "number", "source_id", "source_raw")


def _values(message: Message) -> dict[str, Any]:
    """The values that an update may change, as JSON."""
    columns = {*OWNED, "source_raw", "comment_name", "author_id", *_ALWAYS, *_OF_FIRST}
    values = {name: getattr(message, name) for name in columns}
    for name in INSTANTS:
        values[name] = values[name].isoformat() if values[name] else None
    return values | {"author_name": message.author.name if message.author else ""}


def _written(found: Difference, is_first: bool) -> list[str]:
    """The columns that this update changes; a recall puts them back."""
    names = {*_ALWAYS, *found.columns, *(_OF_FIRST if is_first else ())}
    if "url" in found.columns:
        names.add("comment_name")
    if found.new_author:
        names.add("author_id")
    if found.renamed:
        names.add("author_name")
    return sorted(names)


log = logging.getLogger(__name__)

SLICE_SECONDS = 0.04
"""A slice holds the only write lock of SQLite, so it must be short; a batch that was begun before is ended."""
TOGETHER = 200  # rows looked up and written together: one statement for many costs little more than for one row
ATTEMPTS = 3  # tries of one row after another process has stored the same message or author

_LEFT_ALONE = "Сообщение в работе: загрузка истории его не меняет."
_DESTROYED = "Сообщение уничтожено по сроку хранения: загрузка его не меняет."
_HISTORY = "Загружено как история: ответ по этому сообщению не готовится."


@dataclass(frozen=True, slots=True)
class Staged:
    """A row of the staging table, not published yet."""

    id: int
    number: int
    warning: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Office:
    """Data for looking rows up: topics by name, messages entered by hand by link."""

    topics: Mapping[str, int]
    by_link: mending.ByLink


def publish_slice(run: ImportRun, *, now: datetime, behind: int = -1) -> int | None:
    """Publish staged rows for about SLICE_SECONDS in the caller's transaction; returns the last row number.

    None: no row is left after `behind`, the last row published by the caller. Starting there is faster, because
    PostgreSQL keeps old row versions and a scan from the beginning reads them all. A row and its outcome are written
    together: after a crash the next slice continues after the last complete one. A slice that finds rows publishes at
    least one batch.
    """
    until = time.monotonic() + SLICE_SECONDS
    topics = {topic.name.casefold(): topic.id for topic in db.session.scalars(select(Topic))}
    office = Office(topics, mending.entered_by_hand(now))
    last = None
    while rows := staged(run.id, TOGETHER, behind):
        publish_together(run, rows, office, now)
        last = behind = rows[-1].number
        if time.monotonic() >= until:
            break
    return last


def staged(run_id: int, limit: int, behind: int = -1) -> tuple[Staged, ...]:
    """The next staged rows after `behind`, in the order of the sheet."""
    query = (
        select(ImportRow.id, ImportRow.row_no, ImportRow.warning, ImportRow.payload)
        .where(ImportRow.run_id == run_id, ImportRow.outcome == RowOutcome.STAGED, ImportRow.row_no > behind)
        .order_by(ImportRow.row_no)
        .limit(limit)
    )
    return tuple(Staged(*row) for row in db.session.execute(query))


def known_of(
    batch: Sequence[IncomingMessage], by_link: mending.ByLink, *, lock: bool = False
) -> tuple[dict[str, Message], mending.Earlier]:
    """Stored messages by key, and those entered by hand. `lock`: they are locked in the order of ids, so that no act
    comes between reading and writing."""
    ids, times = mending.ids_at(batch, by_link), Counter(incoming.key for incoming in batch)
    wanted = Message.key.in_(times)
    found = _messages(or_(wanted, Message.id.in_(ids)) if ids else wanted, lock=lock)
    known = {message.key: message for message in found}
    # Their key costs a look at the link: it is made only where the number is of another message.
    others = [
        other_key(one)
        for one in batch
        if one.number and (times[one.key] > 1 or (one.key in known and is_another(known[one.key], one)))
    ]
    if others:
        known |= {message.key: message for message in _messages(Message.key.in_(others), lock=lock)}
    unknown = [incoming for incoming in batch if incoming.key not in known]
    return known, mending.among(unknown, by_link, {message.id: message for message in found})


def _messages(wanted: ColumnElement[bool], *, lock: bool) -> Sequence[Message]:
    query = select(Message).where(wanted).order_by(Message.id)
    return db.session.scalars(query.with_for_update(of=Message) if lock else query).all()


def is_left_alone(message: Message, *, history: bool) -> bool:
    """An old file does not change a message that people work on; no file brings back what was destroyed."""
    return message.purged_at is not None or (history and message.status in OPEN)


def publish_together(run: ImportRun, rows: Sequence[Staged], office: Office, now: datetime) -> None:
    """Publish all rows together; if that fails, one by one, so that only the faulty row is refused."""
    try:
        with db.session.begin_nested():
            _publish(run, rows, office, now)
    except Exception as error:
        if is_passing(error):  # not the fault of a row: the whole run is put off
            raise
        for row in rows:
            _publish_alone(run, row, office, now)


def _publish_alone(run: ImportRun, row: Staged, office: Office, now: datetime) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with db.session.begin_nested():
                _publish(run, [row], office, now)
            return
        except Exception as error:
            if is_passing(error):
                raise
            # Another process may have stored the same message or author in between: now it is visible.
            if not isinstance(error, IntegrityError) or attempt == ATTEMPTS:
                log.error("row refused", exc_info=error, extra={"run": run.id, "row": row.number})
                values = {"id": row.id, "outcome": RowOutcome.REJECTED, "reason": _refusal(row, error), "payload": {}}
                db.session.execute(update(ImportRow), [values])
                return


def _refusal(row: Staged, error: Exception) -> str:
    if isinstance(error, IntegrityError) and row.payload.get("number"):
        return f"Номер {row.payload['number']} уже занят другим сообщением."
    return "Строку не удалось записать: ошибка программы. Сообщите администратору время загрузки и номер строки."


def _publish(run: ImportRun, rows: Sequence[Staged], office: Office, now: datetime) -> None:
    batch = [from_payload(row.payload) for row in rows]
    if not run.source.regime.by_regulation:
        outcomes = portal.take(run, batch, office.topics, now)
        update_rows(ImportRow, [_of_portal(*one) for one in zip(rows, outcomes, strict=True)])
        return
    known, earlier = known_of(batch, office.by_link, lock=True)
    authors = entry.known_authors({(incoming.network, incoming.author_url) for incoming in batch})
    unknown: list[Author] = []
    updates = Updates(run, now, lambda incoming: _author(authors, unknown, incoming))
    created: dict[str, Message] = {}
    changed: list[int] = []
    held: list[tuple[Staged, IncomingMessage, Message]] = []
    done: list[tuple[Staged, Message, RowOutcome, str, str]] = []
    for row, incoming in zip(rows, batch, strict=True):
        topic_id = office.topics.get(incoming.topic.casefold())
        message = known.get(incoming.key) or created.get(incoming.key) or earlier.same.get(incoming.key)
        if message is not None and is_another(message, incoming):
            message = known.get(other_key(incoming)) or message
        if message is None:
            author = _author(authors, unknown, incoming)
            message = entry.unsaved(Message, **values_of_new(run, incoming, author, topic_id, now))
            created[incoming.key] = message
            alike = earlier.alike.get(incoming.key)
            warning = mending.warning_of(alike) if alike else ""
            done.append((row, message, RowOutcome.CREATED, "", warning))
        elif message.id is None or (message.purged_at is None and is_another(message, incoming)):
            held.append((row, incoming, message))
        elif is_left_alone(message, history=run.history):
            is_other = difference(message, incoming).is_any
            why = _DESTROYED if message.purged_at else _LEFT_ALONE
            done.append((row, message, RowOutcome.UNCHANGED, "", why if is_other else ""))
        else:
            outcome = updates.take(message, incoming, topic_id)
            if outcome is RowOutcome.UPDATED:
                changed.append(message.id)
            done.append((row, message, outcome, "", "\n".join(_differences(message, incoming))))
    entry.register_all(list(created.values()), unknown, now=now, actor=run.created_by)
    updates.write()
    done += [
        (row, message, *acts_held.hold(run, row.number, incoming, message, now)) for row, incoming, message in held
    ]
    due.enqueue(changed, due.ON_ENTRY)
    update_rows(ImportRow, [_row_values(*one) for one in done])


def _of_portal(row: Staged, outcome: RowOutcome) -> dict[str, Any]:
    reason = portal.NO_NUMBER if outcome is RowOutcome.REJECTED else ""
    return {"id": row.id, "outcome": outcome, "reason": reason, "payload": {}}


def _row_values(row: Staged, message: Message, outcome: RowOutcome, reason: str, warning: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "outcome": outcome,
        "reason": reason,
        "warning": "\n".join(filter(None, [row.warning, warning])),
        "message_id": message.id,
        # The message has the data now; a copy in the staging table would be personal data in a second place.
        "payload": {},
    }


def _author(authors: dict[tuple[str, str], Author], unknown: list[Author], incoming: IncomingMessage) -> Author | None:
    """The author of a row; a new one is added to `unknown`."""
    place = (incoming.network, incoming.author_url)
    author = authors.get(place)
    if author is None and (author := entry.new_author(incoming.network, incoming.author, incoming.author_url)):
        unknown.append(author)
        if author.profile_url:
            authors[place] = author
    return author


def values_of_new(
    run: ImportRun, incoming: IncomingMessage, author: Author | None, topic_id: int | None, now: datetime
) -> dict[str, Any]:
    is_answered = incoming.state is SourceState.ANSWERED
    closed = run.history or is_answered
    status = Status.ANSWERED if is_answered else Status.DISMISSED if closed else Status.NEW
    received_at = incoming.received_at or incoming.published_at or now
    ended = min(received_at, now) if run.history else now  # history was never open here: no report counts it as work
    closed_at = (incoming.answered_at or ended) if closed else None
    closure = Closure(status=status, reason=_HISTORY, closed_at=incoming.answered_at or now)
    return {
        "number": incoming.number or entry.next_own_number(), "key": incoming.key, "origin": Origin.INCIDENT,
        "status": status, "importance": Importance.HIGH if incoming.important else Importance.NORMAL,
        "received_at": received_at, "closed_at": closed_at, "stored_at": now,
        "source_id": run.source_id, "source_fingerprint": incoming.fingerprint, "author": author, "topic_id": topic_id,
        "comment_name": name_in(incoming.canonical_url),
        "closures": [closure] if status is Status.DISMISSED else [], **columns_of(incoming),
    }  # fmt: skip


def _differences(message: Message, incoming: IncomingMessage) -> Iterator[str]:
    """Warnings where the source has changed and a person has to decide, because a file never changes local work."""
    if message.status not in OPEN:
        return
    if incoming.important and message.importance is Importance.NORMAL:
        yield "В выгрузке важность повышенная, здесь обычная: если это верно, повысьте её на карточке (п. 9)."
    if incoming.state is SourceState.ANSWERED:
        yield f"В выгрузке «{incoming.status}», здесь «{message.status.label}»: сроки идут, проверьте."
