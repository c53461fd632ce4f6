"""Fill an empty database with N messages: several years of an office, or a pile without work on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from sqlalchemy import Connection, select

from benchmarks.seeding.bulk import Rows
from benchmarks.seeding.lives import Lives
from benchmarks.seeding.office import hire
from osm.base.database import WRITE, db
from osm.base.transaction import transaction
from osm.check.acts import index
from osm.flow.acts.clocks import in_force
from osm.models import Message
from osm.regulation.words import Action, Status

FIRST_NUMBER = 8_000_000
A_DAY = 120
"""Messages received in a day: 100,000 are two years and three months."""
IN_HAND = 300
"""Open messages of a busy office, with any length of history."""
OPEN_SHARE = {
    Status.NEW: 30, Status.SELECTED: 4, Status.IN_WORK: 28, Status.ON_APPROVAL: 12, Status.REWORK: 6,
    Status.APPROVED: 6, Status.AWAITING_AUTHOR: 6, Status.AWAITING_FINAL: 8,
}  # fmt: skip
DONE_SHARE = {
    Status.ANSWERED: 68, Status.DISMISSED: 16, Status.REDIRECTED: 7, Status.EXCLUDED: 5, Status.WITHDRAWN: 3,
    Status.UNANSWERABLE: 1,
}  # fmt: skip
_TOGETHER = 4_000

Life = tuple[int, tuple[datetime, Status, list[tuple[Action, float]]]]


def fill(count: int, now: datetime, *, in_hand: int = IN_HAND, seed: int = 215) -> None:
    """Store people and `count` messages received until `now`, of which `in_hand` are open.

    The same arguments give the same rows. The database must be empty and migrated; an application context is needed.
    """
    chance = Random(seed)
    office = hire(now - timedelta(days=3 + count / A_DAY))
    rows = Rows()
    lives = Lives(rows, office, in_force(), chance, now)
    db.session.remove()  # otherwise it would still see the old state of the database
    with db.engine.connect().execution_options(**{WRITE: True}) as connection:
        _in_a_hurry(connection)
        rows.begin_behind(connection)
        connection.rollback()
        for together in batched(_in_order(lives, count, in_hand), _TOGETHER):
            for place, (received_at, status, steps) in together:
                lives.live(FIRST_NUMBER + place, status, received_at, steps)
            with connection.begin():
                rows.trust_keys(connection)
                rows.write(connection)
        with connection.begin():
            rows.end(connection)
        connection.invalidate()
    _index_words()
    _analyse()


def _in_order(lives: Lives, count: int, in_hand: int) -> Iterator[Life]:
    """Receipt, status and work of each message, oldest first."""
    chance, now, calendar = lives.chance, lives.now, lives.rules.calendar
    open_ones = min(in_hand, count // 3) if in_hand <= IN_HAND else in_hand
    made = []
    for status in chance.choices(list(OPEN_SHARE), list(OPEN_SHARE.values()), k=open_ones):
        steps = lives.steps(status)
        waited = chance.expovariate(1 / 200)
        made.append((calendar.subtract(now, sum(minutes for _, minutes in steps) + waited + 20), status, steps))
    for status in chance.choices(list(DONE_SHARE), list(DONE_SHARE.values()), k=count - open_ones):
        days = chance.uniform(2, 2 + count / A_DAY)
        made.append((now - timedelta(days=days), status, lives.steps(status)))
    made.sort(key=lambda life: life[0])
    yield from enumerate(made)


def batched(lives: Iterator[Life], size: int) -> Iterator[list[Life]]:
    """The lives in lists of this size."""
    while together := list(islice(lives, size)):
        yield together


def _in_a_hurry(connection: Connection) -> None:
    """Do not wait for the disk, which no office may do; until the connection is released."""
    driver = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and driver is not None:
        driver.execute("PRAGMA synchronous = OFF")
        driver.execute("PRAGMA cache_size = -262144")


def _index_words() -> None:
    """As the worker does for the search."""
    ids = db.session.scalars(select(Message.id).order_by(Message.id)).all()
    for first in range(0, len(ids), _TOGETHER):
        write = index.index(ids[first : first + _TOGETHER])
        with transaction():
            write()
    db.session.remove()


def _analyse() -> None:
    """Gather the statistics for the query planner, which a real database has."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
