"""A page that fails again and again, or is asked by its network to pause, rests from acting; it is read as ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from osm.connectors.faults import Fault, NetworkError
from osm.store.models import Connection

IN_A_ROW = 5
"""Failures after which a page rests."""
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(minutes=30)


def failed(connection: Connection, error: NetworkError, now: datetime) -> None:
    """An act has failed for the moment: in the caller's transaction."""
    if error.pause is not None:
        _rest(connection, error, now + error.pause)
    if error.fault is Fault.PAUSE:
        connection.acts_failed = 0  # so that the rest is the network's, which no success ends
    elif error.fault is Fault.TEMPORARY:
        connection.acts_failed += 1
        more = connection.acts_failed - IN_A_ROW
        if more >= 0:
            _rest(connection, error, now + min(SHORTEST * 2 ** min(more, 10), LONGEST))


def worked(connection: Connection, now: datetime) -> None:
    """An act has reached its end: the next failure is the first one. A pause that the network asked for goes on."""
    until = connection.acts_rest_until
    if connection.acts_failed >= IN_A_ROW or (until is not None and until <= now):
        connection.acts_rest_until, connection.acts_said = None, ""
    connection.acts_failed = 0


def _rest(connection: Connection, error: NetworkError, until: datetime) -> None:
    connection.acts_rest_until = max(until, connection.acts_rest_until or until)
    connection.acts_said = f"{error} {error.said}".strip()
