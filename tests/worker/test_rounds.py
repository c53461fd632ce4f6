"""A round of the worker: what its jobs are told of each other."""

from __future__ import annotations

import pytest

from osm import jobs
from osm.services.pace import Pace
from tests.office import at


@pytest.mark.parametrize(("worked_on", "beside"), [(0, False), (1, True)])
def test_what_is_read_later_takes_a_shorter_turn_beside_an_import(app, monkeypatch, worked_on, beside):
    """The import of an export waits for the jobs of its round: their backlog can wait for its last row."""
    paces: list[Pace] = []
    monkeypatch.setattr(
        jobs,
        "JOBS",
        (
            jobs.Job("imports", lambda now, pace: worked_on),
            jobs.Job("search", lambda now, pace: len(paces.append(pace) or paces)),
        ),
    )
    with app.app_context():
        jobs.run_due(at("17.03 10:00"), Pace(seconds=5))
    assert [pace.beside_import for pace in paces] == [beside]
    assert (jobs.index_seconds(paces[0]) < jobs.INDEX_SECONDS) is beside
