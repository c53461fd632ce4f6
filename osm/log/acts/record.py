"""Who has read personal data (152-ФЗ; design §8): an event of its own kind, seldom enough not to drown the acts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import exists, select

from osm.extensions import db
from osm.log.models import FOR_WHOM, READ
from osm.settings import Settings
from osm.store.durable import replacing
from osm.store.many_rows import write_rows
from osm.store.models import Event, EventNote, Message, User
from osm.store.transaction import BesideReading, transaction, unless_busy

# --- Writing the log
Change = tuple[Any, Any]


def _log_plain(value: Any) -> Any:
    """A code, an id or an instant in a form that JSON knows."""
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value


def _plainly(changes: Mapping[str, Change]) -> dict[str, Any]:
    return {name: [_log_plain(old), _log_plain(new)] for name, (old, new) in changes.items() if old != new}


def _for_whom(actor: User | None, for_id: int | None = None) -> dict[str, Change]:
    absent = for_id or (actor.acts_for_id if actor else None)
    return {FOR_WHOM: (None, absent)} if absent else {}


def record_all(action: str, events: Iterable[Mapping[str, Any]], *, at: datetime, actor: User | None) -> None:
    """The same act upon many messages, in one statement.

    An event names its `message_id`, its `changes`, and what else of the columns that `record` fills; all name the same.
    """
    same = {"at": at, "actor_id": actor.id if actor else None, "action": str(action)}
    for_whom = _for_whom(actor)
    rows = [{**same, **event, "changes": _plainly({**event["changes"], **for_whom})} for event in events]
    write_rows(Event, rows)


def record(
    action: str,
    *,
    at: datetime,
    actor: User | None,
    message: Message | None = None,
    clause: str = "",
    changes: Mapping[str, Change] | None = None,
    note: str = "",
    object_kind: str = "",
    object_id: int | None = None,
    for_id: int | None = None,
) -> Event:
    """Add an event. `changes`: field → (old, new), codes, instants and ids only; `note`: the person's own words.

    `for_id`: the absent colleague for whom the actor acts (П.3). It stands among the changes, which the seals cover.
    """
    event = Event(
        at=at,
        actor=actor,
        action=str(action),
        clause=clause,
        message_id=message.id if message else None,
        object_kind=object_kind,
        object_id=object_id,
        changes=_plainly({**(changes or {}), **_for_whom(actor, for_id)}),
        note=EventNote(text=note) if note else None,
    )
    db.session.add(event)
    return event


# --- Readings that could not be logged at once, since somebody else was writing
def keep(reading: Mapping[str, Any]) -> None:
    """Write the reading durably; its values are texts, numbers and what JSON knows of both. Raises OSError."""
    _folder().mkdir(exist_ok=True)
    with replacing(_folder() / f"{uuid.uuid4().hex}.json") as file:
        file.write(json.dumps(reading).encode())


def kept_aside() -> list[tuple[Path, dict[str, Any]]]:
    """What was kept, each with its file, which goes once the reading is in the log."""
    return [(path, json.loads(path.read_bytes())) for path in sorted(_folder().glob("*.json"))]


def _folder() -> Path:
    settings: Settings = current_app.extensions["osm_settings"]
    return settings.data_dir / "readings"


# --- Who has read personal data (152-ФЗ
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


EVERY_TIME = frozenset(
    {
        Reading.JOURNAL_EXPORT,
        Reading.REGISTER_EXPORT,
        Reading.ANSWERS_EXPORT,
        Reading.LOG_EXPORT,
        Reading.BLACKLIST_EXPORT,
        Reading.POLICE_FILE,
        Reading.URGENT_REPORT,
    }
)
"""A file leaves the house: each one is logged. Of the rest the first reading by a person on a local day is."""


PATIENCE_SECONDS = 0.5
"""For how long whoever reads waits for somebody who writes."""
_LATE = timedelta(minutes=5)
"""An event is sealed within minutes of its instant; half of that is kept for the sealing."""


def record_reading(
    what: Reading,
    *,
    actor: User | None,
    now: datetime,
    message_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> bool:
    """Log that `actor` (None: a command) reads `what`; whether a row was written: the second time a day none is.

    A page is shown even where the disk takes no row, a file is not (docs/decisions/032).

    Called before the data are shown, and with nothing changed in the session: it opens a transaction of its own where
    a row is to be written. Where others hold that up, the reading is kept on the disk until `enter_kept`. `details`:
    codes, numbers, instants and digests only, never what was searched for. Costs one statement where the reading is
    known already. Two windows opened in the same instant may log two rows.
    """
    if what not in EVERY_TIME and _is_known(what, actor, message_id, now):
        return False
    given = {name: _readings_log_plain(value) for name, value in (details or {}).items()}
    if what in EVERY_TIME:
        return _log(what, actor, now, message_id, given)
    with BesideReading("read", of=what, person=actor.id if actor else None, message_id=message_id):
        return _log(what, actor, now, message_id, given)
    return False


def _log(what: Reading, actor: User | None, now: datetime, message_id: int | None, given: Mapping[str, Any]) -> bool:
    """Whether it is in the log at once; else it is kept aside. Raises OSError where the disk takes neither."""
    actor_id, for_id = (actor.id, actor.acts_for_id) if actor else (None, None)
    is_logged = False
    with unless_busy(PATIENCE_SECONDS):
        _enter(what, actor, now, message_id, given, for_id)
        is_logged = True
    if not is_logged:
        keep(
            {"what": what, "actor_id": actor_id, "for_id": for_id, "at": now.isoformat(),
             "message_id": message_id, "details": given}
        )  # fmt: skip
    return is_logged


def enter_kept(now: datetime) -> int:
    """Log what could not be logged when it was read; how many files that were.

    What was read long ago bears the instant of now and says when that was: an event between newer ones would look as
    if it had been put into the log afterwards.
    """
    kept = kept_aside()
    for path, reading in kept:
        what, at, message_id = Reading(reading["what"]), datetime.fromisoformat(reading["at"]), reading["message_id"]
        with transaction() as session:
            # Of another database, after a restore, there may be neither.
            actor = session.get(User, reading["actor_id"]) if reading["actor_id"] else None
            if message_id and session.get(Message, message_id) is None:
                message_id = None
            if what in EVERY_TIME or not _is_known(what, actor, message_id, at):
                is_late = now - at > _LATE
                details = {**reading["details"], **({"read_at": reading["at"]} if is_late else {})}
                _enter(what, actor, now if is_late else at, message_id, details, reading["for_id"])
        path.unlink()
    return len(kept)


def _enter(
    what: Reading, actor: User | None, at: datetime, message_id: int | None, details: Mapping[str, Any],
    for_id: int | None,
) -> None:  # fmt: skip
    with transaction():
        event = record(
            READ,
            at=at,
            actor=actor,
            changes={name: (None, value) for name, value in details.items()},
            object_kind=what,
            object_id=message_id,
            for_id=for_id,
        )
        event.message_id = message_id


def _readings_log_plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _is_known(what: Reading, actor: User | None, message_id: int | None, now: datetime) -> bool:
    """By the index of objects: it leads to the few rows of this object and day, however long the log."""
    settings: Settings = current_app.extensions["osm_settings"]
    midnight = now.astimezone(settings.time_zone).replace(hour=0, minute=0, second=0, microsecond=0)
    query = select(
        exists().where(
            Event.object_kind == what.value,
            Event.object_id.is_(None) if message_id is None else Event.object_id == message_id,
            Event.at >= midnight,
            Event.action == READ,
            Event.actor_id.is_(None) if actor is None else Event.actor_id == actor.id,
        )
    )
    return bool(db.session.scalar(query))
