"""The screen of the log: filters, pages, events as sentences; up to which event it can gain no row in between."""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, literal, or_, select, text, tuple_
from sqlalchemy.orm import lazyload

from osm.base.database import db
from osm.base.types import HIDDEN, OfRow, UtcDateTime, people_are_hidden
from osm.files.queries import ATTACHED
from osm.log.models import FAULT, ON_BEHALF_OF, READ, VERIFIED, found_words, new_value
from osm.log.queries import groups, history
from osm.log.queries.fields import actor_words, draft_numbers, executors_named, recipients_of
from osm.log.queries.objects import FIELDS, Key, When, keys_of, names_of, object_words
from osm.log.queries.words import LogEntry, Seen, act_and_detail, change_words
from osm.messages.models import RECALLED_MARK
from osm.models import Assignment, Draft, Event, EventNote, EventSeal, Message, Origin, User

# --- Events
PAGE = 50
_CHUNK = 500

MACHINE_ACTS = 0  # filter value instead of a person's id: acts of the program or of a command


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Filter of the log; None and empty values do not filter. `end` is exclusive. `readings`: False acts only, True
    readings of personal data only, None both."""

    actor_id: int | None = None
    action: str = ""
    number: str = ""
    object_kind: str = ""
    object_id: int | None = None
    begin: datetime | None = None
    end: datetime | None = None
    readings: bool | None = False


@dataclass(frozen=True, slots=True)
class LogRow(OfRow):
    """An event in words. `note` is None if it was purged; `object_ref` («user-5») links to all events of the object."""

    row: Event
    actor: str
    sentence: str
    object_name: str
    object_ref: str
    message_number: str
    changes: tuple[str, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Newest first. `more`: there are older ones."""

    rows: tuple[LogRow, ...]
    more: bool


def log_page(wanted: LogFilter, when: When, before: int | None = None) -> LogPage:
    """A page of events. `before`: the last event already shown; new events do not shift the pages."""
    query = _filtered(wanted).order_by(Event.at.desc(), Event.id.desc()).limit(PAGE + 1)
    seen = db.session.scalar(select(Event.at).where(Event.id == before)) if before else None
    if seen is not None:
        query = query.where(tuple_(Event.at, Event.id) < tuple_(literal(seen, UtcDateTime), literal(before)))
    rows = tuple(_in_words(db.session.execute(query).all(), when))
    return LogPage(rows[:PAGE], len(rows) > PAGE)


def log_rows(wanted: LogFilter, when: When) -> Iterator[LogRow]:
    """All matching events, oldest first, streamed."""
    query = _filtered(wanted).order_by(Event.at, Event.id).execution_options(yield_per=_CHUNK)
    stream = iter(db.session.execute(query))
    while chunk := list(islice(stream, _CHUNK)):
        yield from _in_words(chunk, when)


def log_of(objects: Collection[Key], when: When) -> list[LogRow]:
    """All events of these objects, oldest first."""
    about = tuple_(Event.object_kind, Event.object_id).in_(sorted(objects))
    rows = _filtered(LogFilter()).where(about).order_by(Event.at, Event.id)
    return list(_in_words(db.session.execute(rows).all(), when))


def log_count(wanted: LogFilter, limit: int) -> int:
    """Number of matching events, at most `limit`."""
    some = _where(select(Event.id), wanted).limit(limit)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def object_shown(kind: str, object_id: int) -> str:
    """«Учётная запись «Борис Ежов»», for the heading of a filtered list."""
    return object_words(kind, object_id, names_of([(kind, object_id)]))


def people_in_log() -> list[tuple[int, str]]:
    """All users, also blocked ones, by name."""
    return list(db.session.execute(select(User.id, User.name).order_by(User.name, User.id)))


def _filtered(wanted: LogFilter) -> Select[Any]:
    columns: list[Any] = [Event, User.name, EventNote.text, Message.number, Message.origin]
    query = (
        select(*columns)
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(EventNote, EventNote.event_id == Event.id)
        .outerjoin(Message, Message.id == Event.message_id)
        .options(lazyload("*"))
    )
    return _where(query, wanted)


def _where(query: Select[Any], wanted: LogFilter) -> Select[Any]:
    if wanted.actor_id is not None:
        by_machine = wanted.actor_id == MACHINE_ACTS
        query = query.where(Event.actor_id.is_(None) if by_machine else Event.actor_id == wanted.actor_id)
    if wanted.action:
        query = query.where(Event.action == wanted.action)
    elif wanted.readings is not None:
        query = query.where(Event.action == READ if wanted.readings else Event.action != READ)
    if wanted.number:
        ids = list(db.session.scalars(select(Message.id).where(_numbered(wanted.number)).order_by(Message.id)))
        query = query.where(Event.message_id.in_(ids) if ids else false())
    if wanted.object_kind:
        query = query.where(Event.object_kind == wanted.object_kind, Event.object_id == wanted.object_id)
    if wanted.begin is not None:
        query = query.where(Event.at >= wanted.begin)
    if wanted.end is not None:
        query = query.where(Event.at < wanted.end)
    return query


def is_number_known(number: str) -> bool:
    """Whether a message with this number exists."""
    return bool(db.session.scalar(select(exists().where(_numbered(number)))))


def _numbered(number: str) -> ColumnElement[bool]:
    """Condition: the message with this number, and those that had it before their import was undone."""
    return or_(Message.number == number, Message.number.startswith(number + RECALLED_MARK, autoescape=True))


def _in_words(rows: Iterable[Any], when: When) -> Iterator[LogRow]:
    """Convert rows to words with a few queries for all of them."""
    rows = list(rows)
    events = [row[0] for row in rows]
    keys = {key for event in events for key in keys_of(event)}
    names = names_of(keys)
    absent = {row_id: name for (kind, row_id), name in names.items() if kind == FIELDS[ON_BEHALF_OF]}
    seen = Seen(
        executors_named(Assignment.id.in_(row_id for kind, row_id in keys if kind == "assignment")),
        draft_numbers(Draft.id.in_(_ids(events, "draft"))),
        recipients_of({event.message_id for event in events if event.message_id and event.action == "redirect"}),
        names,
        when,
    )
    for event, name, note, number, origin in rows:
        yield _row(event, actor_words(name, event.changes, absent), note, number, origin, seen)


def _row(
    event: Event, actor: str | None, note: str | None, number: str | None, origin: Origin | None, seen: Seen
) -> LogRow:
    entry = LogEntry(event, actor or "", note or "")
    words, more = act_and_detail(entry, seen, origin) if event.message_id and event.action != READ else ("", "")
    words = words if words and words != event.action else groups.action_words(event.action, event.object_kind)
    object_name = object_words(event.object_kind, event.object_id, seen.names)
    if note and event.action == ATTACHED and people_are_hidden():  # the name of the file
        note = HIDDEN
    return LogRow(
        event, actor=actor or history.MACHINE, sentence=f"{words} — {more}" if more else words, object_name=object_name,
        object_ref=f"{event.object_kind}-{event.object_id}" if object_name else "", message_number=number or "",
        changes=tuple(change_words(event.changes, seen.when, seen.names)),
        note=None if event.note_digest and note is None else "" if note == more else note or "",
    )  # fmt: skip


def _ids(events: Sequence[Event], kind: str) -> set[int]:
    return {event.object_id for event in events if event.object_kind == kind and event.object_id is not None}


# --- State of the seals
COUNTED = 1000  # Counting stops here. The worker seals every few seconds; more wait only after a large import.

SHOWN = 5  # the newest findings of the worker


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the whole log. `actor` is empty if the worker did it; `found`: the first faults in words.
    `is_other_key`, `is_unsealed`: no fault except ranges sealed with another key, or not sealed yet. `late`: ranges
    sealed late, in words."""

    at: datetime
    actor: str
    sealed: int
    faults: int
    found: tuple[str, ...]
    late: tuple[str, ...] = ()
    is_other_key: bool = False
    is_unsealed: bool = False


@dataclass(frozen=True, slots=True)
class Seals:
    """`sealed_at` is None before the first seal; `waiting` is at most COUNTED."""

    number: int
    sealed_at: datetime | None
    last_id: int
    waiting: int
    check: Check | None
    noticed: tuple[tuple[datetime, tuple[str, ...]], ...]  # the findings of the worker before sealing

    @property
    def many_wait(self) -> bool:
        """Whether COUNTED or more events wait."""
        return self.waiting >= COUNTED


def read_seals() -> Seals:
    """Four queries."""
    last = db.session.execute(
        select(EventSeal.number, EventSeal.sealed_at, EventSeal.last_id).order_by(EventSeal.number.desc()).limit(1)
    ).first()
    number, sealed_at, last_id = last or (0, None, 0)
    some = select(Event.id).where(Event.id > last_id).limit(COUNTED)
    waiting = db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return Seals(number, sealed_at, last_id, waiting, _last_check(), _noticed(SHOWN))


def fault_at() -> datetime | None:
    """When the worker or the last check found a fault; None if there is none."""
    check = _last_check()
    known = [at for at, _ in _noticed(1)] + ([check.at] if check and check.faults else [])
    return max(known, default=None)


def _noticed(count: int) -> tuple[tuple[datetime, tuple[str, ...]], ...]:
    newest = select(Event.at, Event.changes).where(Event.action == FAULT)
    rows = db.session.execute(newest.order_by(Event.at.desc(), Event.id.desc()).limit(count))
    return tuple((at, tuple(found_words(changes))) for at, changes in rows)


def _last_check() -> Check | None:
    row = db.session.execute(
        select(Event.at, func.coalesce(User.name, ""), Event.changes)
        .outerjoin(User, User.id == Event.actor_id)
        .where(Event.action == VERIFIED)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    at, actor, changes = row
    late = new_value(changes, "late")
    return Check(
        at, actor, new_value(changes, "sealed") or 0, new_value(changes, "faults") or 0, tuple(found_words(changes)),
        tuple(late) if isinstance(late, list) else (), bool(new_value(changes, "other_key")),
        bool(new_value(changes, "is_unsealed")),
    )  # fmt: skip


WAIT_SECONDS = 1.0  # how long transactions that are under way are waited for; after that the next round tries again

_PAUSE = 0.02

#: Who is writing to the log now. An INSERT takes this lock before it draws its number and holds it until its end.
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks "
    "WHERE relation = 'event'::regclass AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()"
)


def settled_until(wait: float = WAIT_SECONDS) -> int | None:
    """The id up to which no further event can appear; None where writers did not end in time.

    SQLite has one writer at a time: ids follow the order of the commits. PostgreSQL gives them on insert, and a lower
    one may be committed after a higher one. So first the highest visible id is read, then who is writing: every
    writer with a lower id is among them, or has ended and is visible (or rolled back: a gap). When those writers have
    ended, nothing below can appear. Only the caller waits for this.
    """
    highest = db.session.scalar(select(func.max(Event.id))) or 0
    if db.engine.dialect.name == "sqlite":
        db.session.rollback()
        return highest
    writers = _writers()
    until = time.monotonic() + wait
    while writers:
        if time.monotonic() >= until:
            return None
        time.sleep(_PAUSE)
        writers &= _writers()
    return highest


def _writers() -> set[str]:
    found = set(db.session.scalars(_WRITERS))
    # The list of locks is the server's own, but rows are to be read by a transaction that begins after this.
    db.session.rollback()
    return found
