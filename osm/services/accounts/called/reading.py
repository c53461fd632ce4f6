"""What was received is worked off like what the worker hears itself."""

from __future__ import annotations

import json
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from osm.connectors.calls import HearsCalls
from osm.connectors.contract import Event
from osm.connectors.faults import NetworkError
from osm.extensions import db
from osm.services.accounts import heard, hearing
from osm.services.accounts import keys as stored_keys
from osm.services.accounts.connecting import connector_for
from osm.services.pace import Pace
from osm.store.models import Connection, ReceivedEvent
from osm.store.transaction import transaction

AT_ONCE = 100
KEPT = timedelta(days=7)
"""How long an id is remembered: no network delivers the same event later."""
AGAIN = timedelta(seconds=30)
"""After a network did not answer what we ask it about its event."""


@dataclass
class Reading:
    """What is being read: connection → the rows, and their events; which pages wait after a failure."""

    busy: dict[int, tuple[list[int], Future[Any]]] = field(default_factory=dict)
    again: dict[int, datetime] = field(default_factory=dict)


_reading = Reading()


def take_up(now: datetime, pace: Pace) -> int:
    """Work off what was received; how many comments came in. A round of the worker never waits for a network."""
    if pace.seconds < float("inf"):
        came = _collect(_reading, now)
        _begin(_reading, now)
        return came
    once, came = Reading(), 0
    while True:
        _begin(once, now)
        if not once.busy:
            return came
        wait([events for _rows, events in once.busy.values()])
        came += _collect(once, now)


def _begin(reading: Reading, now: datetime) -> None:
    waiting = select(ReceivedEvent.connection_id).where(ReceivedEvent.worked_at.is_(None)).distinct()
    query = select(Connection).where(Connection.id.in_(waiting)).order_by(Connection.id)
    for connection in db.session.scalars(query).all():
        rests = timedelta() < reading.again.get(connection.id, now) - now <= AGAIN
        full = len(reading.busy) >= hearing.MOST_AT_ONCE
        if connection.id in reading.busy or rests or full or not heard.is_on(connection):
            continue
        account = connection.account
        connector = connector_for(account.network, account.external_id, stored_keys.opened(connection.keys))
        if not isinstance(connector, HearsCalls):
            continue
        rows = _waiting_of(connection.id)
        updates = [json.loads(row.body) for row in rows]
        events = hearing.in_thread(partial(connector.heard, updates))
        reading.busy[connection.id] = ([row.id for row in rows], events)
    db.session.rollback()


def _waiting_of(connection_id: int) -> list[ReceivedEvent]:
    of_page = (ReceivedEvent.connection_id == connection_id, ReceivedEvent.worked_at.is_(None))
    return list(db.session.scalars(select(ReceivedEvent).where(*of_page).order_by(ReceivedEvent.id).limit(AT_ONCE)))


def _collect(reading: Reading, now: datetime) -> int:
    came = 0
    for number, (rows, answer) in [one for one in reading.busy.items() if one[1][1].done()]:
        del reading.busy[number]
        reading.again.pop(number, None)
        try:
            came += _enter(number, rows, answer.result(), now)
        except NetworkError as error:
            reading.again[number] = now + AGAIN
            hearing.failed(number, error, now)
    return came


def _enter(connection_id: int, ids: list[int], events: list[Event], now: datetime) -> int:
    """The events, and that they are worked off, in one transaction; nothing where another process was quicker."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=heard.LOCK)
        if connection is None or not heard.is_on(connection):
            return 0
        query = select(ReceivedEvent).where(ReceivedEvent.id.in_(ids), ReceivedEvent.worked_at.is_(None))
        rows = session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
        if len(rows) != len(ids):
            return 0
        for row in rows:
            row.worked_at, row.body = now, ""
        connection.told_at = max(row.received_at for row in rows)
        hearing.calls_came(connection)
        session.execute(delete(ReceivedEvent).where(ReceivedEvent.worked_at < now - KEPT))
        return heard.enter(connection.account, events, now)
