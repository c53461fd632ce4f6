"""What the tests of the demonstration compare: instants, rows, terms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from osm.base.database import Base, db
from osm.flow.acts.clocks import in_force
from osm.models import Deadline, Message
from osm.regulation.words import DeadlineState

WEDNESDAY = datetime.fromisoformat("2026-11-25T10:07:31+10:00")


def messages() -> list[Message]:
    return rows(Message)


def rows(model: type) -> list[Any]:
    """All rows of a table in the order of creation."""
    return list(db.session.scalars(db.select(model).order_by(model.id)).unique())


def open_terms(message: Message) -> dict[str, Deadline]:
    return {d.kind: d for d in message.deadlines if d.state is DeadlineState.OPEN}


def overdue(now: datetime) -> list[Deadline]:
    return [d for d in rows(Deadline) if d.state is DeadlineState.OPEN and d.due_at < now]


def soon(now: datetime, minutes: int) -> list[Deadline]:
    """Terms that end within so many working minutes."""
    until = in_force().calendar.add(now, minutes)
    return [d for d in rows(Deadline) if d.state is DeadlineState.OPEN and now <= d.due_at <= until]


SALTED = {"password_hash", "salt", "note_digest", "mac"}


def everything() -> dict[str, list[str]]:
    """All rows of all tables, without what differs each time: passwords, notes and texts are hashed with a new salt."""
    return {
        table.name: sorted(
            repr([_unsalted(value) for name, value in row._mapping.items() if name not in SALTED])
            for row in db.session.execute(db.select(table))
        )
        for table in Base.metadata.sorted_tables
    }


def _unsalted(value: Any) -> Any:
    """Without the digest of a text, which the changes of an event hold."""
    return value | {"text_digest": ""} if isinstance(value, dict) and "text_digest" in value else value
