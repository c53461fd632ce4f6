"""How the log stands to its seals: the last seal, what no seal covers yet, what the last check and the worker found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from osm.extensions import db
from osm.store.models import Event, EventSeal, User
from osm.store.models.log import FAULT, VERIFIED, found_words, new_value

COUNTED = 1000
"""Counting ends here: the worker seals every few seconds, more wait only after years were brought in at once."""

SHOWN = 5
"""Of what the worker has found, the newest."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the whole log. `actor` is empty where the worker did it; `found`: the first faults in words.

    `is_other_key`, `is_unsealed`: all of them are ranges that another key sealed, or that nothing has sealed yet.
    `late`: what was sealed long after it was made, in words.
    """

    at: datetime
    actor: str
    sealed: int
    faults: int
    found: tuple[str, ...]
    late: tuple[str, ...] = ()
    is_other_key: bool = False
    is_unsealed: bool = False


@dataclass(frozen=True, slots=True)
class Noticed:
    """What the worker found before it sealed on."""

    at: datetime
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seals:
    """`sealed_at` is None before the first seal; `waiting` is not counted beyond COUNTED."""

    number: int
    sealed_at: datetime | None
    last_id: int
    waiting: int
    check: Check | None
    noticed: tuple[Noticed, ...]

    @property
    def many_wait(self) -> bool:
        """Whether it is COUNTED or more."""
        return self.waiting >= COUNTED


def read_seals() -> Seals:
    """In four statements."""
    last = db.session.execute(
        select(EventSeal.number, EventSeal.sealed_at, EventSeal.last_id).order_by(EventSeal.number.desc()).limit(1)
    ).first()
    number, sealed_at, last_id = last or (0, None, 0)
    some = select(Event.id).where(Event.id > last_id).limit(COUNTED)
    waiting = db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return Seals(number, sealed_at, last_id, waiting, _last_check(), _noticed(SHOWN))


def fault_at() -> datetime | None:
    """When the last fault of the log was found, by the worker or by the last check; None where there is none."""
    check = _last_check()
    known = [noticed.at for noticed in _noticed(1)] + ([check.at] if check and check.faults else [])
    return max(known, default=None)


def _noticed(count: int) -> tuple[Noticed, ...]:
    newest = select(Event.at, Event.changes).where(Event.action == FAULT)
    rows = db.session.execute(newest.order_by(Event.at.desc(), Event.id.desc()).limit(count))
    return tuple(Noticed(at, tuple(found_words(changes))) for at, changes in rows)


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
        at,
        actor,
        new_value(changes, "sealed") or 0,
        new_value(changes, "faults") or 0,
        tuple(found_words(changes)),
        tuple(late) if isinstance(late, list) else (),
        bool(new_value(changes, "other_key")),
        bool(new_value(changes, "is_unsealed")),
    )
