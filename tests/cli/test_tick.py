"""`osm tick --at`: one round at a given instant, the same whenever it is run."""

from __future__ import annotations

import json

import pytest

from osm.base.database import db
from osm.models import Event
from tests.office import at, hire


def tick(app, when: str):
    return app.test_cli_runner().invoke(args=["osm", "tick", "--at", when])


def test_a_round_at_an_instant_breaches_what_was_due_before_it(app):
    with app.app_context():
        office = hire()
        office.incident("17.03 09:00")
    for when, breaches in (
        ("2026-03-17T10:00+10:00", 0),
        ("2026-03-17T10:00:01+10:00", 1),
        ("2026-03-17T10:00:01+10:00", 0),
        ("2026-03-18T10:00+10:00", 0),
    ):
        done = tick(app, when)
        assert done.exit_code == 0, done.stderr
        assert json.loads(done.stdout)["breaches"] == breaches
    with app.app_context():
        event = db.session.scalars(db.select(Event).where(Event.action == "breach")).one()
        assert (event.at, event.actor_id) == (at("17.03 10:00").replace(second=1), None)


@pytest.mark.words
@pytest.mark.parametrize("when", ["завтра", "2026-03-17T10:00", "17.03.2026"])
def test_an_instant_that_cannot_be_read_is_a_bad_call(app, when):
    assert tick(app, when).exit_code == 2
