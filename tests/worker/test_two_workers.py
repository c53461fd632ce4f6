"""Two workers by mistake: one holds the lease of each lane and works, the other waits and can replace it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from osm.base.application import SystemClock
from osm.base.database import db
from osm.base.transaction import Lease, release, transaction
from osm.models import Event
from tests.office import hire

from .processes import LANES, Worker, holds, wait_for, workers
from .test_killed import DUE, MORE, NOW, missing, store_missed

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="signals"),
    pytest.mark.xdist_group("worker"),
]


HOUR = timedelta(hours=1)
WAITS = "another worker holds the lease, waiting"


def said(worker: Worker) -> list[str]:
    return [json.loads(line)["event"] for line in worker.words.read_text().splitlines() if line.startswith("{")]


def change_leases(of: Worker, lanes: Set[str] = LANES, **values: object) -> None:
    """While they are still this worker's: all at once, or it would take them back in between."""
    with transaction() as session:
        mine = Lease.owner.contains(f":{of.pid}:"), Lease.name.in_(lanes)
        session.execute(update(Lease).where(*mine).values(**values))


@contextmanager
def two(app, tmp_path) -> Iterator[tuple[Worker, Worker]]:
    """One that works and one that waits."""
    with app.app_context(), workers(app, tmp_path, OSM_NOW=NOW.isoformat()) as start:
        hire()
        first = start()
        wait_for(lambda: holds(first), first)
        second = start()
        wait_for(lambda: said(second).count(WAITS) == len(LANES), first, second)
        yield first, second


def test_while_one_works_the_other_does_nothing(app, tmp_path):
    with two(app, tmp_path) as (first, second):
        store_missed(MORE, 1)
        wait_for(lambda: missing() == 0, first, second)
        time.sleep(2.5)  # two rounds and more of the one that waits
        assert holds(first)
        assert len(db.session.scalars(select(Event.id).where(Event.action == "breach")).all()) == MORE


def test_when_the_one_is_killed_the_other_takes_over_at_once_and_doubles_nothing(app, tmp_path):
    with two(app, tmp_path) as (first, second):
        store_missed(MORE, 1)
        wait_for(lambda: missing() < MORE, first)
        first.kill()
        change_leases(first, until=SystemClock().now() + HOUR)  # unexpired: the other sees that the holder is gone
        wait_for(lambda: holds(second), second)
        store_missed(MORE, MORE + 1)
        wait_for(lambda: missing() == 0, second)
        found = db.session.execute(select(Event.object_id).where(Event.action == "breach")).scalars().all()
        assert len(found) == len(set(found)) == 2 * MORE


def test_one_that_is_told_to_stop_gives_the_lease_back(app, tmp_path):
    with two(app, tmp_path) as (first, second):
        assert first.end() == 0
        wait_for(lambda: holds(second), second)


def test_one_that_lost_its_lease_stops_working(app, tmp_path):
    with app.app_context(), workers(app, tmp_path, OSM_NOW=NOW.isoformat()) as start:
        hire()
        worker = start()
        wait_for(lambda: holds(worker), worker)
        # A process on another machine: whether it lives cannot be known here.
        change_leases(worker, owner="elsewhere:1", until=SystemClock().now() + HOUR)
        wait_for(lambda: said(worker).count(WAITS) == len(LANES), worker)
        store_missed(MORE, 1)
        time.sleep(3)
        assert missing() == MORE
        for lane in LANES:
            release(lane, "elsewhere:1")
        wait_for(lambda: missing() == 0, worker)
        assert db.session.scalars(select(Event.at).where(Event.action == "breach").distinct()).all() == [NOW]
        assert NOW > DUE


def test_who_lost_the_lease_of_a_lane_stops_there_and_goes_on_in_the_others(app, tmp_path):
    with two(app, tmp_path) as (first, second):
        change_leases(first, {"reading"}, owner="elsewhere:1", until=SystemClock().now() + HOUR)
        wait_for(lambda: WAITS in said(first), first, second)
        store_missed(MORE, 1)
        wait_for(lambda: missing() == 0, first, second)
        assert holds(first, {"clocks", "files"})
