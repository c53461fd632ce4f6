"""/readyz names the lanes that have been silent for too long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.transaction import WorkerBeat, transaction
from osm.jobs.lanes import LANES, LONGEST_SILENCE, beat

SECOND = timedelta(seconds=1)


@pytest.fixture
def beats(app, clock):
    """`beats(lane, …)`: these lanes have just given a sign of life."""

    def beats(*lanes) -> None:
        with app.app_context():
            for lane in lanes:
                beat(lane, clock.now())

    return beats


def test_all_lanes_live(client, beats, clock):
    beats(*LANES)
    clock.set(clock.now() + LONGEST_SILENCE)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "database": True, "migrations": True, "worker": True, "disk": True}


@pytest.mark.parametrize("late", LANES, ids=lambda lane: lane.name)
def test_one_is_late(client, beats, clock, late):
    beats(*LANES)
    clock.set(clock.now() + LONGEST_SILENCE + SECOND)
    beats(*(lane for lane in LANES if lane is not late))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {
        "status": "not ready", "database": True, "migrations": True, "worker": False, "disk": True, "late": [late.name]
    }  # fmt: skip


def test_after_the_clock_was_set_back_only_new_beats_count(client, beats, clock):
    beats(*LANES)
    clock.set(clock.now() - timedelta(hours=1))
    assert client.get("/readyz").json["late"] == [lane.name for lane in LANES]
    beats(*LANES)
    assert client.get("/readyz").status_code == 200


def test_what_an_older_edition_left_says_nothing(app, client, clock):
    with app.app_context(), transaction() as session:
        session.add(WorkerBeat(name="worker", at=clock.now()))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["late"] == [lane.name for lane in LANES]
