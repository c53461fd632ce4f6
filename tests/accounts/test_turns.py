"""The rate of a key holds over all threads and processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from osm.services.accounts.turns import wait_turn_of


def test_many_threads_take_turns_one_gap_apart_and_each_key_its_own(app):
    waited = []
    wait = wait_turn_of(app, clock=lambda: 1000.0, sleep=waited.append)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: wait("a key", 3.0), range(20)))
    assert sorted(round(seconds * 3 * 0.8) for seconds in waited) == list(range(1, 20))
    waited.clear()
    wait("another key", 3.0)
    assert waited == []


def test_a_clock_that_was_set_back_makes_nobody_wait_for_hours(app):
    waited = []
    wait_turn_of(app, clock=lambda: 9000.0, sleep=waited.append)("a key", 3.0)
    wait_turn_of(app, clock=lambda: 1000.0, sleep=waited.append)("a key", 3.0)
    assert waited == []
