"""The turn of a key: so many requests a second, or an hour, over all threads and processes, kept by rows of a table."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping

from flask import Flask
from sqlalchemy import case

from osm.connectors.contract import PerHour, WaitTurn
from osm.store.models import Turn
from osm.store.transaction import put_away, transaction
from osm.store.upsert import insert_into

_LATE, _TURNS = 0.25, 5
"""Of the time between two turns so much may pass before one is lost; how many are taken at most."""
Clock = Callable[[], float]
_MICRO = 1_000_000
_WAITING = 60
"""Turns that may be taken ahead; more than that only a clock that was set back explains."""
_MARGIN = 0.8
"""Requests that were sent evenly arrive unevenly: of what a network allows so much is used."""


def wait_turn_of(
    app: Flask,
    per_hour: Mapping[str, PerHour] | None = None,
    *,
    clock: Clock = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> WaitTurn:
    """What a connector calls before each request. `per_hour`: name → requests of which it takes one, its own first."""
    budgets = list((per_hour or {}).items())

    def take(name: str, gap: float, at_once: int = 1, *, late: bool = True) -> float | None:
        with app.app_context():
            try:
                return _take(hashlib.sha256(name.encode()).hexdigest(), gap, clock(), at_once, late=late)
            finally:
                put_away()

    def wait_hour() -> None:
        """Take what is left of any budget, else wait for the next request of the own one."""
        for name, one in budgets:
            if take(name, 3600 / one.more, one.at_once, late=False) is not None:
                return
        for name, one in budgets[:1]:
            at = take(name, 3600 / one.more, one.at_once)
            sleep(max(0.0, (at or 0.0) - clock()))

    def wait(key: str, per_second: float) -> None:
        wait_hour()
        gap = 1 / (per_second * _MARGIN)
        for _ in range(_TURNS):
            at = take(key, gap) or 0.0
            if (left := at - clock()) > 0:
                sleep(left)
            # Whoever is woken late (a busy machine) would ask in the turn of the next one: he takes another turn.
            if clock() - at <= gap * _LATE:
                return

    return wait


def _take(digest: str, gap: float, now: float, at_once: int, *, late: bool) -> float | None:
    """The instant of this request, in the past where several may come at once; the next one comes `gap` seconds later.

    None where it would not come at once and may not be `late`. A clock that was set back is forgiven.
    """
    instant, step = round(now * _MICRO), round(gap * _MICRO)
    ahead = (at_once - 1) * step
    statement = insert_into(Turn).values(key_digest=digest, next_at=instant + step)
    lost = Turn.next_at > instant + ahead + _WAITING * (step + _MICRO)
    later = case((lost | (Turn.next_at < instant), instant), else_=Turn.next_at) + step
    turn = statement.on_conflict_do_update(
        index_elements=[Turn.key_digest],
        set_={"next_at": later},
        where=None if late else lost | (Turn.next_at <= instant + ahead),
    )
    with transaction() as session:
        next_at = session.scalar(turn.returning(Turn.next_at))
    return None if next_at is None else (next_at - step - ahead) / _MICRO
