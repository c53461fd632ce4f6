"""What became of the promises of the demonstration: old ones were kept, later ones wait for the curator or a result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import select

from osm.answers.acts import promises
from osm.extensions import db
from osm.flow.acts.clocks import in_force
from osm.flow.acts.edits import active_assignments
from osm.flow.acts.terms import local_day
from osm.store.models import Promise, PromiseState, User

RESULT = "Сделано в срок, место осмотрели."
STILL_OPEN, STILL_REPORTED = timedelta(days=2), timedelta(days=6)
"""Promises of the last days wait for their result, those before them for the curator."""


def settle_promises(people: Mapping[str, User], until: datetime, now: datetime) -> None:
    """What happened to promises by `until`, in the order of time: a result at eleven, its answer an hour later."""
    while due := _due(until, now):
        at, row = min(due, key=lambda one: (one[0], one[1].id))
        executor = active_assignments(row.message)[0].executor
        if row.state is PromiseState.OPEN:
            promises.report(row.id, row.version, result=RESULT, uploads=[], actor=executor, now=at)
        else:
            promises.decide_done(row.id, row.version, actor=people["anna"], now=at)


def _due(until: datetime, now: datetime) -> list[tuple[datetime, Promise]]:
    calendar, today = in_force().calendar, local_day(now)
    found = []
    for row in db.session.scalars(select(Promise).where(Promise.state.in_(promises.LIVE))):
        # What an answer of the afternoon promises for the same day is done after it stands in the network.
        eleven = calendar.next_working(datetime.combine(row.due_on, time(11), calendar.tz))
        reported = max(eleven, calendar.add(row.created_at, 60))
        at = reported if row.state is PromiseState.OPEN else calendar.add(reported, 60)
        left = STILL_OPEN if row.state is PromiseState.OPEN else STILL_REPORTED
        if at <= until and row.due_on < today - left and active_assignments(row.message):
            found.append((at, row))
    return found
