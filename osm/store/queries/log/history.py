"""The history of a message in words: «12:04 Анна Лебедева: направлено — Борис Ежов (ЖКХ)»."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from osm.extensions import db
from osm.regulation.words import Action
from osm.store.models import Assignment, Event, EventNote, Origin, Reply, User
from osm.store.models.log import READ
from osm.store.queries.log.history_words import LogEntry, Seen, told
from osm.store.queries.log.names import absent_names, actor_words, draft_numbers, executors_named, recipients_of
from osm.store.queries.log.objects import Key, names_of
from osm.store.queries.log.when import When

MACHINE = "Система"


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One act. `version` is what the message came to by it, None where the act did not raise it."""

    id: int
    at: datetime
    actor: str
    action: str
    words: str
    note: str
    clause: str
    version: int | None


def log_of(message_id: int) -> list[LogEntry]:
    """Every act upon the message, oldest first, in one statement; who has only read it stands in the log itself."""
    rows = db.session.execute(
        select(Event, User.name, EventNote.text)
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(EventNote, EventNote.event_id == Event.id)
        .where(Event.message_id == message_id, Event.action != READ)
        .order_by(Event.id)
        .options(lazyload("*"))
    ).all()
    absent = absent_names(event.changes for event, _, _ in rows)
    return [
        LogEntry(
            id=event.id,
            at=event.at,
            actor=actor_words(name, event.changes, absent),
            action=event.action,
            clause=event.clause,
            object_id=event.object_id,
            changes=event.changes,
            note=note or "",
            message_id=message_id,
            actor_id=event.actor_id,
        )
        for event, name, note in rows
    ]


def message_history(
    message_id: int, when: When, origin: Origin = Origin.MANUAL, log: Sequence[LogEntry] | None = None
) -> list[HistoryLine]:
    """Every act upon the message, oldest first; photos that one person added in a row are one line.

    `log`: what `log_of` has read already. `when`: how instants are told.
    """
    entries = log_of(message_id) if log is None else log
    seen = Seen(
        executors_named(Assignment.message_id == message_id),
        draft_numbers(Reply.message_id == message_id),
        recipients_of([message_id]),
        names_of(_others(entries)),
        when,
    )
    lines = [_line(entry, seen, origin) for entry in entries]
    return _merged(lines)


def _others(entries: Sequence[LogEntry]) -> Iterator[Key]:
    """Other messages, common answers, departments and people that these acts name; most name none."""
    for entry in entries:
        if other := entry.new("other_message_id"):
            yield "message", other
        if entry.action == "danger_told" and (person := entry.new("to_id")):
            yield "user", person
        if entry.action == Action.TELL_FACTS and (department := entry.new("department_id")):
            yield "department", department
        if entry.action in ("joined_group", "left_group") and entry.object_id:
            yield "answer_group", entry.object_id


def since(history: Sequence[HistoryLine], version: int) -> list[HistoryLine]:
    """What happened after this version of the message was seen."""
    first = next((i for i, line in enumerate(history) if line.version is not None and line.version > version), None)
    return [] if first is None else [line for line in history[first:] if line.action != "open"]


def _line(entry: LogEntry, seen: Seen, origin: Origin) -> HistoryLine:
    words, more = told(entry, seen, origin)
    recipient = entry.action == Action.REDIRECT and entry.note == more
    return HistoryLine(
        id=entry.id,
        at=entry.at,
        actor=entry.actor or MACHINE,
        action=entry.action,
        words=f"{words} — {more}" if more else words,
        note="" if recipient else entry.note,
        clause=entry.clause,
        version=entry.new("version"),
    )


def _merged(lines: Sequence[HistoryLine]) -> list[HistoryLine]:
    merged: list[HistoryLine] = []
    counts: list[int] = []
    for line in lines:
        last = merged[-1] if merged else None
        if last and line.action == last.action == "attach" and line.actor == last.actor:
            counts[-1] += 1
            merged[-1] = replace(last, words=f"приложено фото: {counts[-1]}")
            continue
        merged.append(line)
        counts.append(1)
    return merged
