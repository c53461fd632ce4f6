"""Missed terms: a running clock whose term has passed becomes a breach, once, at the instant of the term."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import contains_eager, lazyload, load_only

from osm.extensions import db
from osm.services import clocks
from osm.store.models import Deadline, DeadlineState, Message
from osm.store.transaction import transaction

BATCH = 200
"""Clocks in one transaction: few enough that nobody waits for it."""


def record_breaches(now: datetime) -> int:
    """Mark every running clock whose term lies before `now` and log it as the machine's doing; returns how many.

    Work done at the very instant of the term is in time, hence «before». The message's version stays: nobody acted.
    A term of an older calendar is no breach: it is computed anew first (`osm.services.recomputing`).
    """
    missed = (
        Deadline.due_at < now,
        Deadline.breached_at.is_(None),
        Deadline.blameless.is_(False),
        Deadline.calendar_version == clocks.in_force().calendar.version,
    )
    return _in_batches(missed, now, clocks.breach)


def _in_batches(
    conditions: tuple[ColumnElement[bool], ...], now: datetime, change: Callable[[Deadline, datetime], object]
) -> int:
    """Change the running clocks that meet the conditions; `change` must take each out of them.

    A message that somebody is acting upon is left for the next round: his act may end the clock, and then logs the
    breach itself. Looks first without the write lock: mostly there is nothing to do.
    """
    waiting = select(Deadline).where(Deadline.state == DeadlineState.OPEN, *conditions)
    claim = (
        waiting.join(Deadline.message)
        .options(contains_eager(Deadline.message).options(load_only(Message.id), lazyload(Message.author)))
        .order_by(Deadline.due_at, Deadline.id)
        .limit(BATCH)
        .with_for_update(of=[Deadline, Message], skip_locked=True)
    )
    count = 0
    while db.session.scalars(waiting.limit(1)).first() is not None:
        with transaction() as session:
            rows = session.scalars(claim).all()
            for row in rows:
                change(row, now)
        count += len(rows)
        if not rows:
            break
    return count
