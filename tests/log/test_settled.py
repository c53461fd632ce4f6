"""Seals and transactions that overlap: PostgreSQL may commit a lower number after a higher one, or never."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import Connection, insert, select

from osm.base.database import WRITE, db
from osm.log.acts import audit
from osm.log.acts.audit import verify_log
from osm.log.queries import page
from osm.models import Event, EventSeal


@contextmanager
def open_transaction(now) -> Iterator[tuple[Connection, int]]:
    """Another connection with an event that is not committed; the event's number."""
    with db.engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        values = {"at": now, "action": "open", "clause": "", "object_kind": "", "changes": {}}
        number = connection.execute(insert(Event).values(**values).returning(Event.id)).scalar_one()
        yield connection, number


def sealed_until() -> int:
    db.session.rollback()
    return db.session.scalar(select(EventSeal.last_id).order_by(EventSeal.number.desc()).limit(1)) or 0


def test_what_may_still_get_a_lower_row_is_not_sealed(log, backend, monkeypatch):
    if backend == "sqlite":
        # One writer: the second event gets no number while the first transaction is open.
        log.add(2)
        assert page.settled_until() == 2
        return
    monkeypatch.setattr(page, "settled_until", partial(page.settled_until, 0.2))
    log.add(1)
    with open_transaction(log.now) as (_, number):
        assert number == 2
        log.add(1)
        assert db.session.scalars(select(Event.id).order_by(Event.id)).all() == [1, 3]
        assert log.seal() == 0
    assert log.seal() == 3
    assert log.faults() == []


def test_a_number_that_was_rolled_back_is_a_gap_and_no_fault(log, backend):
    log.add(1)
    with pytest.raises(ZeroDivisionError), open_transaction(log.now):
        raise ZeroDivisionError
    log.add(1)
    assert log.seal() == 2
    assert sealed_until() == (2 if backend == "sqlite" else 3)
    assert log.faults() == []


def test_transactions_that_begin_afterwards_are_not_waited_for(app, log, backend):
    """Under constant load new seals are still made: only transactions from before the look have to end."""
    log.add(5)
    stop = threading.Event()

    def write_on() -> None:
        with app.app_context():
            while not stop.is_set():
                with open_transaction(log.now):
                    time.sleep(0.05)
                time.sleep(0.02)

    threads = [threading.Thread(target=write_on) for _ in range(1 if backend == "sqlite" else 4)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.2)
        assert log.seal() >= 5
    finally:
        stop.set()
        for thread in threads:
            thread.join(120)


def test_sealed_while_ten_people_write_commit_late_and_roll_back(app, log, now):
    """No event is left out, none appears inside a sealed range."""
    stop = threading.Event()
    committed: list[int] = []
    errors: list[BaseException] = []

    def write(seed: int) -> None:
        chance = random.Random(seed)
        try:
            with app.app_context():
                for _ in range(30):
                    try:
                        with open_transaction(now) as (_, number):
                            time.sleep(chance.uniform(0, 0.03))
                            if chance.random() < 0.2:
                                raise ZeroDivisionError
                        committed.append(number)
                    except ZeroDivisionError:
                        pass
        except BaseException as error:
            errors.append(error)

    def seal() -> None:
        try:
            with app.app_context():
                while not stop.is_set():
                    audit.seal_events(now)
                    db.session.remove()
        except BaseException as error:
            errors.append(error)

    sealer = threading.Thread(target=seal)
    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(10)]
    for thread in (sealer, *writers):
        thread.start()
    for thread in writers:
        thread.join(120)
    stop.set()
    sealer.join(120)
    assert errors == []
    log.seal()
    report = verify_log(now)
    assert (report.faults, report.waiting) == ([], 0)
    assert report.sealed == len(committed)
    assert report.seals > 3
