"""Writing the log: one event for each act, in the transaction of the act itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from osm.extensions import db
from osm.store.many_rows import write_rows
from osm.store.models import Event, EventNote, Message, User
from osm.store.models.log import FOR_WHOM

Change = tuple[Any, Any]


def _plain(value: Any) -> Any:
    """A code, an id or an instant in a form that JSON knows."""
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value


def _plainly(changes: Mapping[str, Change]) -> dict[str, Any]:
    return {name: [_plain(old), _plain(new)] for name, (old, new) in changes.items() if old != new}


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
