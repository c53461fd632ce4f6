"""Writing events, and logging who has read personal data (152-ФЗ; design §8)."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import exists, select

from osm.base import database, durable
from osm.base.application import Memory, current_settings, local_zone
from osm.base.database import db
from osm.base.transaction import BesideReading, transaction, unless_busy
from osm.log.models import ON_BEHALF_OF, READ
from osm.models import Connection, Event, EventNote, Message, User

# --- Events
Change = tuple[Any, Any]

_OTHER_NAMES = {"user_account": "user", "answer_template": "template"}
"""Kinds in the log that differ from the name of the table."""


class Numbered(Protocol):
    """A row of a table with an id."""

    __tablename__: str

    @property
    def id(self) -> int: ...


def _log_plain(value: Any) -> Any:
    """Convert a code, id or time for JSON."""
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value


def _plainly(changes: Mapping[str, Change]) -> dict[str, Any]:
    return {name: [_log_plain(old), _log_plain(new)] for name, (old, new) in changes.items() if old != new}


def _on_behalf_of(actor: User | None, for_id: int | None = None) -> dict[str, Change]:
    absent = for_id or (actor.acts_for_id if actor else None)
    return {ON_BEHALF_OF: (None, absent)} if absent else {}


@dataclass(frozen=True, slots=True)
class Happened:
    """An act of the log, for a subject that follows it."""

    action: str
    at: datetime
    message_id: int | None
    clause: str
    changes: Mapping[str, Change]
    actor: User | None


Follow = Callable[[Sequence[Happened]], None]
"""What a subject adds in the same transaction; `create_app` registers it in FOLLOWERS for acts by their code."""


FOLLOWERS: Memory[dict[str, Follow]] = Memory(lambda _: {})


def _follow(action: str, happened: Iterable[Happened]) -> None:
    followers = FOLLOWERS.get()
    if action in followers:
        followers[action]([*happened])


def record_all(action: str, events: Iterable[Mapping[str, Any]], *, at: datetime, actor: User | None) -> None:
    """Log the same act for many messages in one statement. An event has `message_id`, `changes` and other columns that
    `record` fills; all events must have the same keys."""
    same = {"at": at, "actor_id": actor.id if actor else None, "action": str(action)}
    for_whom = _on_behalf_of(actor)
    given = [*events]
    rows = [{**same, **event, "changes": _plainly({**event["changes"], **for_whom})} for event in given]
    database.write_rows(Event, rows)
    told = (Happened(action, at, one["message_id"], one.get("clause", ""), one["changes"], actor) for one in given)
    _follow(action, told)


def object_of(row: Numbered) -> tuple[str, int]:
    """Kind and id in the log: a connection is its page, other rows are named by their table."""
    if isinstance(row, Connection):
        return "account", row.account_id
    return _OTHER_NAMES.get(row.__tablename__, row.__tablename__), row.id


def record(
    action: str, *, at: datetime, actor: User | None, message: Message | None = None, clause: str = "",
    changes: Mapping[str, Change] | None = None, note: str = "", about: Numbered | None = None, object_kind: str = "",
    object_id: int | None = None, for_id: int | None = None,
) -> Event:  # fmt: skip
    """Add an event. `changes`: field → (old, new) with codes, times and ids only; `note`: the person's own words.
    `about`: the row that is the object, with its id; `object_kind`, `object_id` where there is no such row.
    `for_id`: the absent colleague for whom the actor acts (П.3); it is stored in the changes, which the seals cover."""
    if about is not None:
        object_kind, object_id = object_of(about)
    event = Event(
        at=at, actor=actor, action=str(action), clause=clause, message_id=message.id if message else None,
        object_kind=object_kind, object_id=object_id,
        changes=_plainly({**(changes or {}), **_on_behalf_of(actor, for_id)}),
        note=EventNote(text=note) if note else None,
    )  # fmt: skip
    db.session.add(event)
    _follow(action, [Happened(action, at, message.id if message else None, clause, changes or {}, actor)])
    return event


# --- Readings that could not be logged at once because the database was busy
def keep(reading: Mapping[str, Any]) -> None:
    """Write the reading to disk; all values must be JSON. Raises OSError."""
    _folder().mkdir(exist_ok=True)
    with durable.replacing(_folder() / f"{uuid.uuid4().hex}.json") as file:
        file.write(json.dumps(reading).encode())


def kept_aside() -> list[tuple[Path, dict[str, Any]]]:
    """Readings on disk, each with its file, to be deleted after logging."""
    return [(path, json.loads(path.read_bytes())) for path in sorted(_folder().glob("*.json"))]


def _folder() -> Path:
    return current_settings().data_dir / "readings"


# --- Readings of personal data (152-ФЗ)
class Reading(StrEnum):
    """What was read."""

    CARD = "card"
    CARD_PRINT = "card_print"
    JOURNAL = "journal"
    JOURNAL_EXPORT = "journal_export"
    REGISTER_EXPORT = "register_export"
    ANSWERS_EXPORT = "answers_export"
    LOG = "log"
    LOG_EXPORT = "log_export"
    BLACKLIST = "blacklist"
    BLACKLIST_EXPORT = "blacklist_export"
    POLICE_FILE = "police_file"
    URGENT_REPORT = "urgent_report"
    CONTROL_JOURNAL = "control_journal"
    SUBJECT_REQUEST = "subject_request"
    DOSSIER = "dossier"
    AUDIT = "audit"
    PORTAL = "portal"


EVERY_TIME = frozenset({
    Reading.JOURNAL_EXPORT, Reading.REGISTER_EXPORT, Reading.ANSWERS_EXPORT, Reading.LOG_EXPORT,
    Reading.BLACKLIST_EXPORT, Reading.POLICE_FILE, Reading.URGENT_REPORT, Reading.SUBJECT_REQUEST, Reading.DOSSIER,
    Reading.AUDIT, Reading.PORTAL,
})  # fmt: skip
"""Files are logged each time. For the rest, only a person's first reading of a local day is logged."""


PATIENCE_SECONDS = 0.5  # how long a reader waits for the database
_LATE = timedelta(minutes=5)  # events must be sealed within minutes; half of the time is left for sealing


def record_reading(
    what: Reading, *, actor: User | None, now: datetime, message_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> bool:  # fmt: skip
    """Log that `actor` (None: a command) reads `what`. Returns whether a row was written: a second reading on the same
    day is not. If the disk is full, a page is still shown, but a file is not (docs/decisions/032). Call it before
    showing the data and with an unchanged session: it opens its own transaction. If the database is busy, the reading
    is kept on disk until `enter_kept`. `details`: codes, numbers, times and digests, never search words. A known
    reading costs one query. Two windows at the same moment may log two rows."""
    if what not in EVERY_TIME and _is_known(what, actor, message_id, now):
        return False
    given = {name: _log_plain(value) for name, value in (details or {}).items()}
    if what in EVERY_TIME:
        return _log(what, actor, now, message_id, given)
    with BesideReading("read", of=what, person=actor.id if actor else None, message_id=message_id):
        return _log(what, actor, now, message_id, given)
    return False


def _log(what: Reading, actor: User | None, now: datetime, message_id: int | None, given: Mapping[str, Any]) -> bool:
    """Return whether it was logged at once; otherwise it is kept on disk. Raises OSError if that fails too."""
    actor_id, for_id = (actor.id, actor.acts_for_id) if actor else (None, None)
    is_logged = False
    with unless_busy(PATIENCE_SECONDS):
        _enter(what, actor_id, now, message_id, given, for_id)
        is_logged = True
    if not is_logged:
        keep(
            {"what": what, "actor_id": actor_id, "for_id": for_id, "at": now.isoformat(),
             "message_id": message_id, "details": given}
        )  # fmt: skip
    return is_logged


def enter_kept(now: datetime) -> int:
    """Log the readings kept on disk; return their number. Old readings get the current time, and their own time in the
    changes: between newer events they would look like events inserted later."""
    kept = kept_aside()
    for path, reading in kept:
        what, at, message_id = Reading(reading["what"]), datetime.fromisoformat(reading["at"]), reading["message_id"]
        with transaction() as session:
            # After a restore, the person or message may not exist.
            actor = session.get(User, reading["actor_id"]) if reading["actor_id"] else None
            if message_id and session.get(Message, message_id) is None:
                message_id = None
            if what in EVERY_TIME or not _is_known(what, actor, message_id, at):
                is_late = now - at > _LATE
                details = {**reading["details"], **({"read_at": reading["at"]} if is_late else {})}
                moment, actor_id = now if is_late else at, actor.id if actor else None
                _enter(what, actor_id, moment, message_id, details, reading["for_id"])
        path.unlink()
    return len(kept)


def _enter(
    what: Reading, actor_id: int | None, at: datetime, message_id: int | None, details: Mapping[str, Any],
    for_id: int | None,
) -> None:  # fmt: skip
    changes = {name: (None, value) for name, value in details.items()} | _on_behalf_of(None, for_id)
    with transaction() as session:
        # By ids, so that nothing is loaded again for this.
        session.add(
            Event(at=at, actor_id=actor_id, action=READ, message_id=message_id, object_kind=what,
                  object_id=message_id, changes=_plainly(changes))
        )  # fmt: skip


def _is_known(what: Reading, actor: User | None, message_id: int | None, now: datetime) -> bool:
    """Uses the index of objects, so it is fast in a long log."""
    midnight = now.astimezone(local_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    known = exists().where(
        Event.object_kind == what.value, Event.object_id == message_id, Event.at >= midnight, Event.action == READ,
        Event.actor_id == (actor.id if actor else None),
    )  # fmt: skip
    return bool(db.session.scalar(select(known)))
