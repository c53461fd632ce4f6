"""How the log stands to its seals: the last seal, what no seal covers yet, what the last check found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from osm.extensions import db
from osm.store.models import Event, EventSeal, User

COUNTED = 1000
"""Counting ends here: the worker seals every few seconds, more wait only after years were brought in at once."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the whole log. `actor` is empty where the worker did it; `found`: the first faults in words.

    `is_other_key`: all of them are ranges that another key sealed.
    """

    at: datetime
    actor: str
    sealed: int
    faults: int
    found: tuple[str, ...]
    is_other_key: bool = False


@dataclass(frozen=True, slots=True)
class Seals:
    """`sealed_at` is None before the first seal; `waiting` is not counted beyond COUNTED."""

    number: int
    sealed_at: datetime | None
    last_id: int
    waiting: int
    check: Check | None

    @property
    def many_wait(self) -> bool:
        """Whether it is COUNTED or more."""
        return self.waiting >= COUNTED


def read_seals(verified: str) -> Seals:
    """In three statements; `verified`: the action that logs a check."""
    last = db.session.execute(
        select(EventSeal.number, EventSeal.sealed_at, EventSeal.last_id).order_by(EventSeal.number.desc()).limit(1)
    ).first()
    number, sealed_at, last_id = last or (0, None, 0)
    some = select(Event.id).where(Event.id > last_id).limit(COUNTED)
    waiting = db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return Seals(number, sealed_at, last_id, waiting, _last_check(verified))


def _last_check(verified: str) -> Check | None:
    row = db.session.execute(
        select(Event.at, func.coalesce(User.name, ""), Event.changes)
        .outerjoin(User, User.id == Event.actor_id)
        .where(Event.action == verified)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    at, actor, changes = row
    new = {name: pair[1] for name, pair in changes.items()}
    found = tuple(new.get("found") or ())
    return Check(at, actor, new.get("sealed") or 0, new.get("faults") or 0, found, bool(new.get("other_key")))
