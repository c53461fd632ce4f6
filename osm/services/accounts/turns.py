"""The turn of a key: so many requests a second over all threads and processes, kept by a row of the database."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from flask import Flask
from sqlalchemy import case

from osm.connectors.contract import WaitTurn
from osm.store.models import Turn
from osm.store.transaction import put_away, transaction
from osm.store.upsert import insert_into

_LATE, _TURNS = 0.25, 5
"""Of the time between two turns so much may pass before one is lost; how many are taken at most."""
Clock = Callable[[], float]
_MICRO = 1_000_000
_MARGIN = 0.8
"""Requests that were sent evenly arrive unevenly: of what a network allows so much is used."""


def wait_turn_of(app: Flask, *, clock: Clock = time.time, sleep: Callable[[float], None] = time.sleep) -> WaitTurn:
    """What a connector calls before each request."""

    def wait(key: str, per_second: float) -> None:
        gap, digest = 1 / (per_second * _MARGIN), hashlib.sha256(key.encode()).hexdigest()
        for _ in range(_TURNS):
            with app.app_context():
                try:
                    at = _take(digest, gap, clock())
                finally:
                    put_away()
            if (left := at - clock()) > 0:
                sleep(left)
            # Whoever is woken late (a busy machine) would ask in the turn of the next one: he takes another turn.
            if clock() - at <= gap * _LATE:
                return

    return wait


def _take(digest: str, gap: float, now: float) -> float:
    """The instant of this request; the next one comes `gap` seconds later. A clock that was set back is forgiven."""
    instant, step = round(now * _MICRO), round(gap * _MICRO)
    statement = insert_into(Turn).values(key_digest=digest, next_at=instant + step)
    lost = Turn.next_at > instant + 60 * _MICRO
    later = case((lost | (Turn.next_at < instant), instant), else_=Turn.next_at) + step
    turn = statement.on_conflict_do_update(index_elements=[Turn.key_digest], set_={"next_at": later})
    with transaction() as session:
        next_at: int = session.scalars(turn.returning(Turn.next_at)).one()
    return (next_at - step) / _MICRO
