"""Threads in the background write one after the other, and leave room for people."""

from __future__ import annotations

import threading
import time

import pytest

from osm.base import transaction as module
from osm.base.database import db
from osm.base.transaction import WorkerBeat, in_background, transaction

pytestmark = pytest.mark.xdist_group("turns")


def write(seconds: float = 0.0) -> None:
    with in_background(), transaction():
        time.sleep(seconds)


def test_between_two_writes_of_a_thread_another_has_its_turn(app, now):
    """However fast the first comes back: the other gets its turn."""
    stop = threading.Event()

    def without_end() -> None:
        with app.app_context():
            while not stop.is_set():
                write(0.005)

    thread = threading.Thread(target=without_end)
    thread.start()
    try:
        with app.app_context():
            for number in range(5):
                with in_background(), transaction() as session:
                    session.add(WorkerBeat(name=f"beat {number}", at=now))
    finally:
        stop.set()
        thread.join(60)
    with app.app_context():
        assert db.session.query(WorkerBeat).count() == 5


def test_after_a_write_of_the_background_there_is_room_and_after_another_no_pause(app, backend, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(module.time, "sleep", slept.append)
    with app.app_context():
        write()
        left, slept[:] = list(slept), []
        assert (max(left) <= module.PAUSE_SECONDS) if backend == "sqlite" else left == [0.0]
        with transaction():
            pass
        assert slept == []


def test_a_write_that_fails_gives_its_turn_back(app):
    with app.app_context():
        with pytest.raises(RuntimeError), in_background(), transaction():
            raise RuntimeError("undone")
        write()
