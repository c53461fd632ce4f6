"""Rows of exports that wait: their number belongs to another message here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.orm import joinedload

from osm.extensions import db
from osm.regulation.words import Role
from osm.store.models import HeldRow, Message

SHOWN = 20
"""Rows in «Ждёт меня»."""


@dataclass(frozen=True, slots=True)
class Held:
    """One row, and the message that has its number. `payload`: the row as it came."""

    id: int
    run_id: int
    row_no: int
    received_at: datetime
    due_at: datetime | None
    payload: Mapping[str, Any]
    message: Message


def held_row_waits(roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition on HeldRow: the curator has to decide what it is."""
    return HeldRow.settled_at.is_(None) if Role.CURATOR in roles else false()


def held_waiting(roles: Collection[Role]) -> list[Held]:
    """The next term first, the first SHOWN."""
    return _read(_query().where(held_row_waits(roles)).order_by(HeldRow.due_at.is_(None), HeldRow.due_at).limit(SHOWN))


def count_held(roles: Collection[Role]) -> int:
    """How many wait in all."""
    return db.session.scalar(select(func.count()).select_from(HeldRow).where(held_row_waits(roles))) or 0


def held_of_message(message_id: int) -> list[Held]:
    """Those that wait under the number of this message."""
    return _read(_query().where(HeldRow.message_id == message_id, HeldRow.settled_at.is_(None)))


def held_of_run(run_id: int) -> list[Held]:
    """Those of one load that still wait, in the order of the sheet."""
    return _read(_query().where(HeldRow.run_id == run_id, HeldRow.settled_at.is_(None)).order_by(HeldRow.row_no))


def _query() -> Select[HeldRow, Message]:
    return select(HeldRow, Message).join(Message, Message.id == HeldRow.message_id).options(joinedload(Message.author))


def _read(query: Select[HeldRow, Message]) -> list[Held]:
    return [
        Held(row.id, row.run_id, row.row_no, row.received_at, row.due_at, row.payload, message)
        for row, message in db.session.execute(query).tuples()
    ]
