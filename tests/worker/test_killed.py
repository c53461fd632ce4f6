"""SIGKILL at many random moments while people work: no missed term is overlooked, none is noted or reported twice.

At night 8 times on each database, by day 3 times on SQLite; OSM_TEST_KILLS sets how often at night, and
benchmarks/bench_killed.py asks for 50.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts import act
from osm.flow.acts.terms import in_force
from osm.messages.acts import routing
from osm.models import Deadline, Event, Message, Origin, Reminder, User
from osm.regulation.words import ClockKind, DeadlineState
from osm.reminders.acts.due import read_log
from tests.office import at, hire

from .processes import Worker, holds, wait_for, workers

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.xdist_group("worker"),
    pytest.mark.nightly(on="postgresql"),
]

KILLS = int(os.environ.get("OSM_TEST_KILLS", "8"))
NOW = at("17.03 11:00")
DUE = at("17.03 10:00")
MORE = 200
"""Messages that come in between two kills, each with an hour that has passed."""


def store_missed(count: int, start: int) -> list[int]:
    """Store so many messages directly; their hour of П.7 has passed, and their answer is not due yet."""
    with transaction() as session:
        version = in_force().calendar.version  # else the worker would compute them again
        ids = session.scalars(
            insert(Message).returning(Message.id, sort_by_parameter_order=True),
            [
                {
                    "number": str(number), "key": f"number:{number}", "origin": Origin.INCIDENT, "network": "vk",
                    "text": "Яма", "received_at": DUE - timedelta(hours=1), "stored_at": DUE - timedelta(hours=1),
                }
                for number in range(start, start + count)
            ],
        ).all()  # fmt: skip
        session.execute(
            insert(Deadline),
            [
                {
                    "message_id": i, "kind": kind, "clause": "П.7", "unit": "working_minutes",
                    "started_at": DUE, "due_at": due, "calendar_version": version,
                }
                for i in ids
                for kind, due in ((ClockKind.ROUTE, DUE), (ClockKind.ANSWER, NOW + timedelta(hours=5)))
            ],
        )  # fmt: skip
    return list(ids)


class People(threading.Thread):
    """A person who routes every third message late while the worker is being killed."""

    def __init__(self, app: Flask, ids: dict[str, int]) -> None:
        super().__init__(daemon=True)
        self.app, self.ids = app, ids
        self.waiting: list[int] = []
        self.acted: list[int] = []
        self.stop = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                if not self.waiting:
                    time.sleep(0.01)
                    continue
                with self.app.app_context():
                    self._route(self.waiting.pop())
        except BaseException as error:
            self.error = error

    def _route(self, message_id: int) -> None:
        actor = db.session.get_one(User, self.ids["anna"])
        routing.route_message(message_id, 1, executor_id=self.ids["boris"], task="", actor=actor, now=NOW)
        self.acted.append(message_id)


def missing() -> int:
    """Clocks of П.7 that are not breached yet."""
    query = select(func.count(Deadline.id)).where(Deadline.kind == ClockKind.ROUTE, Deadline.breached_at.is_(None))
    count = db.session.scalar(query)
    db.session.rollback()
    assert count is not None
    return count


def test_killed_at_random_moments_nothing_is_overlooked_and_nothing_doubled(app, tmp_path, often):
    wanted = often(3, KILLS)
    chance = random.Random(215)
    with app.app_context(), workers(app, tmp_path, OSM_NOW=NOW.isoformat()) as start:
        people = People(app, hire().ids)
        people.start()
        ids = store_missed(MORE, 1)
        undisturbed = time_of(start)
        kills = in_the_middle = 0
        while kills < wanted or (not in_the_middle and kills < 5 * wanted):
            new = store_missed(MORE, len(ids) + 1)
            people.waiting += new[::3]
            ids += new
            before = missing()
            worker = start()
            time.sleep(chance.uniform(0.0, 1.2 * undisturbed * max(1, kills / wanted)))  # a busy machine starts later
            worker.kill()
            assert worker.process.exitcode == -9
            in_the_middle += 0 < missing() < before
            kills += 1
        last = start()
        wait_for(lambda: missing() == 0 and told("breach") >= len(ids) and holds(last), last)
        people.stop.set()
        people.join(120)
        assert people.error is None
        assert last.end() == 0
        assert act.record_breaches(NOW) == 0
        read_log(NOW)  # what was routed while the last worker ended
        check(ids, people.acted)
        print(f"{kills} kills, {in_the_middle} in the middle of the work, {len(ids)} missed terms")
        assert in_the_middle >= max(1, kills // 10), in_the_middle


def told(kind: str) -> int:
    """Reminders of this kind."""
    count = db.session.scalar(select(func.count(Reminder.id)).where(Reminder.kind == kind))
    db.session.rollback()
    assert count is not None
    return count


def time_of(start: Callable[[], Worker]) -> float:
    """Seconds from the start of a worker to the end of its work on this machine, now."""
    begun = time.monotonic()
    worker = start()
    wait_for(lambda: missing() == 0, worker)
    taken = time.monotonic() - begun
    worker.kill()
    return taken


def check(ids: list[int], acted: list[int]) -> None:
    db.session.rollback()
    found = db.session.execute(select(Event.message_id, Event.object_id).where(Event.action == "breach")).all()
    assert sorted(message_id for message_id, _ in found) == ids, "one event for each missed hour"
    reminded = db.session.scalars(select(Reminder.message_id).where(Reminder.kind == "breach")).all()
    assert sorted(reminded) == ids, "the curator is told of each missed hour, once"
    assert told("assigned") == len(acted)
    routes = db.session.scalars(select(Deadline).where(Deadline.kind == ClockKind.ROUTE)).all()
    assert {row.id for row in routes} == {deadline_id for _, deadline_id in found}
    assert {row.breached_at for row in routes} == {DUE}
    assert {row.message_id for row in routes if row.state is DeadlineState.MET} == set(acted)
    others = select(func.count(Deadline.id)).where(Deadline.kind != ClockKind.ROUTE, Deadline.breached_at.is_not(None))
    assert db.session.scalar(others) == 0
    versions = dict(db.session.execute(select(Message.id, Message.version)).all())
    assert {i for i, version in versions.items() if version == 2} == set(acted), "only people raise a version"
    assert set(versions.values()) <= {1, 2}
