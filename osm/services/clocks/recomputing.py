"""Running clocks of a calendar that is no longer in force are computed anew: all at once or slice by slice.

A clock says by which calendar it was computed. What was left behind by a slice that was not reached, by a crash,
or by somebody who opened a clock while the calendar was changed, is so found by the worker's next round.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import contains_eager, lazyload, load_only, selectinload

from osm.extensions import db
from osm.services.clocks import clocks
from osm.services.clocks.terms import in_force
from osm.store.models import Deadline, DeadlineState, Message, User
from osm.store.transaction import transaction

SLICE = 200
"""Clocks in one transaction of the worker: few enough that nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many clocks were computed anew, and how many of them are due at another time now."""

    clocks: int = 0
    moved: int = 0

    def __add__(self, other: Recomputed) -> Recomputed:
        return Recomputed(self.clocks + other.clocks, self.moved + other.moved)


def recompute_outdated(now: datetime, goes_on: Callable[[], bool] = lambda: True) -> int:
    """Compute anew what an older calendar has computed, slice by slice while it `goes_on`; returns how many clocks.

    A message that somebody is acting upon is left for the next round; his act computes its clock anew itself.
    Looks first without the write lock: mostly there is nothing to do.
    """
    done = Recomputed()
    while left_behind() and goes_on():
        with transaction():
            part = recompute_slice(now, SLICE)
        done += part
        if not part.clocks:
            break
    return done.clocks


def recompute_slice(now: datetime, limit: int, actor: User | None = None) -> Recomputed:
    """Up to `limit` clocks, within the transaction of the caller."""
    claim = (
        select(Deadline)
        .where(*_outdated())
        .join(Deadline.message)
        .options(
            contains_eager(Deadline.message).options(
                load_only(Message.id, Message.importance, Message.origin),
                lazyload(Message.author),
                selectinload(Message.closures),
            )
        )
        .order_by(Deadline.id)
        .limit(limit)
        .with_for_update(of=[Deadline, Message], skip_locked=True)
    )
    count = moved = 0
    for deadline in db.session.scalars(claim).unique().all():
        old = deadline.due_at
        moved += clocks.recompute(deadline, now, actor).due_at != old
        count += 1
    db.session.flush()
    return Recomputed(count, moved)


def left_behind() -> bool:
    """Whether running clocks still wait for the calendar in force."""
    look = _LOOK_IN_SQLITE if db.engine.dialect.name == "sqlite" else _LOOK
    return db.session.execute(look, {"version": in_force().calendar.version}).first() is not None


_LOOK = text(
    "SELECT id FROM deadline WHERE state = 'open' AND calendar_version < :version UNION ALL "
    "SELECT id FROM deadline WHERE state = 'open' AND calendar_version > :version LIMIT 1"
)
"""Asked every second: two ranges of the partial index, which only a literal state finds."""
_LOOK_IN_SQLITE = text(
    str(_LOOK).replace("FROM deadline", "FROM deadline INDEXED BY ix_deadline_open_calendar"),
)
"""SQLite by itself takes the index of states and looks at every running clock."""


def _outdated() -> tuple[ColumnElement[bool], ...]:
    return (Deadline.state == DeadlineState.OPEN, Deadline.calendar_version != in_force().calendar.version)
