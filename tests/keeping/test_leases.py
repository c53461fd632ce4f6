"""Leases: one holder at a time, who may renew; free when expired, given back, or when the holder is gone."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from osm.base import transaction
from osm.base.database import db
from osm.base.transaction import Lease

LENGTH = timedelta(seconds=20)
ONE, TWO = "host:1", "host:2"


@pytest.fixture
def take(app, now):
    """`take(owner, after=seconds)` tries to take the lease «worker» so many seconds from now."""

    def take(owner: str, after: float = 0, **more) -> bool:
        return transaction.take("worker", owner, now + timedelta(seconds=after), LENGTH, **more)

    with app.app_context():
        yield take


def test_the_first_has_it_and_the_second_waits_until_it_runs_out(take):
    assert take(ONE)
    assert [take(TWO, after) for after in (0, 10, 19.9, 20)] == [False, False, False, True]
    assert not take(ONE, 21)


def test_its_holder_can_hold_it_for_ever(take):
    assert all(take(ONE, after) for after in range(0, 100, 15))
    assert not take(TWO, 100)


def test_a_lease_of_another_name_is_another_lease(take, now):
    assert take(ONE)
    assert transaction.take("backup", TWO, now, LENGTH)


def test_given_back_it_is_free_but_nobody_gives_back_what_is_another_s(take):
    take(ONE)
    transaction.release("worker", TWO)
    assert not take(TWO)
    transaction.release("worker", ONE)
    assert take(TWO)


def test_the_lease_of_a_dead_process_is_free_at_once(take):
    take(ONE)
    assert not take(TWO, is_gone=lambda owner: False)
    assert take(TWO, is_gone=lambda owner: owner == ONE)
    assert not take(ONE, is_gone=lambda owner: owner == ONE)


def test_a_lease_from_the_future_is_free_but_a_clock_may_differ_a_little(take):
    take(ONE, after=15)
    assert not take(TWO)
    take(ONE, after=3600)
    assert take(TWO)


def test_of_many_who_come_at_once_one_gets_it(app, now):
    got: list[str] = []

    def come(owner: str) -> None:
        with app.app_context():
            if transaction.take("worker", owner, now, LENGTH):
                got.append(owner)

    threads = [threading.Thread(target=come, args=(f"host:{number}",)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    with app.app_context():
        assert db.session.scalars(db.select(Lease.owner)).all() == got
    assert len(got) == 1
