"""Missed terms: a running clock whose term has passed becomes a breach, once, at the instant of the term."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from osm.extensions import db
from osm.services.clocks import clocks
from osm.services.clocks.shortcomings import Missed
from osm.store.models import Deadline, DeadlineState, Message
from osm.store.transaction import transaction

BATCH = 200
"""Clocks in one transaction: few enough that nobody waits for it."""


def record_breaches(now: datetime) -> int:
    """Mark every running clock whose term lies before `now` and log it as the machine's doing; returns how many.

    Work done at the very instant of the term is in time, hence «before». The message's version stays: nobody acted.
    A term of an older calendar is no breach: it is computed anew first (`osm.services.clocks.recomputing`).
    """
    missed = (
        Deadline.state == DeadlineState.OPEN,
        Deadline.due_at < now,
        Deadline.breached_at.is_(None),
        Deadline.blameless.is_(False),
        Deadline.calendar_version == clocks.in_force().calendar.version,
    )
    claim = _claim(missed)
    count = 0
    # Looks first without the write lock: mostly there is nothing to do.
    while db.session.scalar(select(Deadline.id).where(*missed).limit(1)) is not None:
        with transaction() as session:
            rows = session.execute(claim).all()
            clocks.breach_all(rows, now)
        count += len(rows)
        if not rows:
            break
    return count


def _claim(missed: tuple[ColumnElement[bool], ...]) -> Select[*tuple[Any, ...]]:
    """The next of them, locked with their messages.

    A message that somebody is acting upon is left for the next round: his act may end the clock, and then logs the
    breach itself.
    """
    return (
        select(*(getattr(Deadline, name) for name in Missed._fields))
        .join(Deadline.message)
        .where(*missed)
        .order_by(Deadline.due_at, Deadline.id)
        .limit(BATCH)
        .with_for_update(of=[Deadline, Message], skip_locked=True)
    )
