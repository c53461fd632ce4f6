"""Stored calls of networks are worked off like what the worker hears itself."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from osm.connections import queries
from osm.connections.acts.asking import UNREAD, Unforeseen, connector_of, in_thread, note_ours
from osm.connectors.calls import ReadsCalls
from osm.connectors.contract import Event
from osm.connectors.faults import NetworkError
from osm.extensions import db
from osm.listening.acts import hearing, received
from osm.services.pace import Pace
from osm.store.models import Connection, ReceivedEvent
from osm.store.transaction import transaction

# --- What was received is worked off like what the worker hears itself
AT_ONCE = 5
"""Events that are stored in one transaction: it keeps the write lock of SQLite for about 30 ms."""
SOON = 0.05
"""Seconds that a round waits for events that are read without asking the network."""
MOST_TRIES = 5
"""To read one event, before it is left out."""
KEPT = timedelta(days=7)
"""How long an id is remembered: no network delivers the same event later."""
AGAIN = timedelta(seconds=30)
"""After a network did not answer what we ask it about its event."""
_LEFT_OUT = (
    "Одно событие соцсети программа прочитать не смогла (ошибка {}): оно пропущено, его ищут на самой странице. "
    "Посмотрите сами, всё ли дошло, и покажите это сообщение администратору."
)


@dataclass
class Reading:
    """What is being read: connection → the rows, and their events; which pages wait after a failure.

    `tried`: events that an error of ours kept from being read, by page; such a page is read event by event.
    """

    busy: dict[int, tuple[list[int], Future[Any]]] = field(default_factory=dict)
    again: dict[int, datetime] = field(default_factory=dict)
    tried: dict[int, Counter[int]] = field(default_factory=dict)


_reading = Reading()


def run(now: datetime, pace: Pace) -> int:
    """Work off what was received; how many comments came in. A round of the worker never waits for a network."""
    is_whole = pace.seconds == float("inf")
    reading = Reading() if is_whole else _reading
    until, came = time.monotonic() + pace.seconds, _collect(reading, now)
    while True:
        _begin(reading, now)
        if not reading.busy:
            return came
        done = wait([events for _rows, events in reading.busy.values()], None if is_whole else SOON).done
        came += _collect(reading, now)
        if not done or time.monotonic() > until:
            return came


def _begin(reading: Reading, now: datetime) -> None:
    waiting = select(ReceivedEvent.connection_id).where(ReceivedEvent.worked_at.is_(None)).distinct()
    query = select(Connection).where(Connection.id.in_(waiting)).order_by(Connection.id)
    for connection in db.session.scalars(query).all():
        rests = timedelta() < reading.again.get(connection.id, now) - now <= AGAIN
        full = len(reading.busy) >= hearing.MOST_AT_ONCE
        if connection.id in reading.busy or rests or full or not queries.is_on(connection):
            continue
        number = connection.id
        try:
            connector = connector_of(connection)
            if not isinstance(connector, ReadsCalls):
                continue
            rows = _waiting_of(number, 1 if number in reading.tried else AT_ONCE)
            events = in_thread(partial(_received, connector, [row.body for row in rows]))
        except Exception as error:
            note_ours(error, "calls not begun", connection=number)
            reading.again[number] = now + AGAIN
            hearing.failed(number, Unforeseen(error, words=UNREAD), now)
            continue
        reading.busy[number] = ([row.id for row in rows], events)
    db.session.rollback()


def _received(connector: ReadsCalls, bodies: list[str]) -> Sequence[Event]:
    return connector.received([json.loads(body) for body in bodies])


def _waiting_of(connection_id: int, at_most: int) -> list[ReceivedEvent]:
    of_page = (ReceivedEvent.connection_id == connection_id, ReceivedEvent.worked_at.is_(None))
    return list(db.session.scalars(select(ReceivedEvent).where(*of_page).order_by(ReceivedEvent.id).limit(at_most)))


def _collect(reading: Reading, now: datetime) -> int:
    came = 0
    for number, (rows, answer) in [one for one in reading.busy.items() if one[1][1].done()]:
        del reading.busy[number]
        reading.again.pop(number, None)
        try:
            came += _enter(number, rows, answer.result(), now)
            reading.tried.pop(number, None)
        except NetworkError as error:
            reading.again[number] = now + AGAIN
            hearing.failed(number, error, now)
        except Exception as error:
            note_ours(error, "call not read", connection=number, events=rows)
            reading.again[number] = now + AGAIN
            _count(reading, number, rows, error, now)
    return came


def _count(reading: Reading, number: int, rows: list[int], error: Exception, now: datetime) -> None:
    """An error of ours is a try of the one event that it is about; after a few that event is left out."""
    tried = reading.tried.setdefault(number, Counter())
    if len(rows) != 1:
        return
    tried.update(rows)
    if tried[rows[0]] >= MOST_TRIES:
        del reading.tried[number]
        _leave_out(number, rows[0], _LEFT_OUT.format(type(error).__name__), now)


def _leave_out(connection_id: int, event_id: int, words: str, now: datetime) -> None:
    """Skip the event and read on; catching up looks for its content on the page itself."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=received.LOCK)
        row = session.get(ReceivedEvent, event_id, with_for_update=True)
        if connection is None or row is None or row.worked_at is not None:
            return
        row.worked_at, row.body, connection.said = now, "", words
        connection.gap_since = connection.gap_since or row.received_at


def _enter(connection_id: int, ids: list[int], events: Sequence[Event], now: datetime) -> int:
    """The events, and that they are worked off, in one transaction; nothing where another process was quicker."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=received.LOCK)
        if connection is None or not queries.is_on(connection):
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
        return received.enter(connection.account, events, now)
