"""SIGKILL before each step of the press: no step is lost, and the press that survives does all of it once."""

from __future__ import annotations

import os
import signal
from datetime import date, time, timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.models import AnswerGroup, EmergencyHold, Event, Message, OutboxAction, Publication
from osm.outbox.acts import rounds
from osm.plan.acts import planning, posting
from osm.regulation.words import Status
from tests.desk import NOW
from tests.forks import FORKS

from .conftest import NOTICE
from .killed import STEPS, begin_and_be_killed

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="SIGKILL"), pytest.mark.nightly(on="postgresql")]

TABLES = (AnswerGroup, EmergencyHold, OutboxAction, Event)


def present_state() -> list[object]:
    """What the press would change, as it is now."""
    db.session.rollback()
    counts = [db.session.scalar(db.select(db.func.count()).select_from(one)) for one in TABLES]
    states = [*db.session.scalars(db.select(Publication.state).order_by(Publication.id))]
    return [*counts, *states, *db.session.scalars(db.select(Message.status).order_by(Message.id))]


def test_killed_before_every_step(app, desk, plan, vk, flood, prepared):
    settings, number = app.extensions["osm"].settings, prepared.id
    environ = {
        "OSM_DATA_DIR": str(settings.data_dir), "OSM_DATABASE_URL": settings.database_url,
        "OSM_SECRET_KEY": settings.secret_key, "OSM_ENCRYPTION_KEY": settings.encryption_key,
    }  # fmt: skip
    row = plan.approved()
    planning.set_time(row.id, row.version, date(2026, 11, 25), time(12), schedule=True, actor=desk.anna, now=NOW)
    before = present_state()
    for at in range(len(STEPS) + 1):
        given = (environ, number, flood, desk.ids["anna"], desk.ids["boris"], NOW, at)
        process = FORKS.Process(target=begin_and_be_killed, args=given)
        process.start()
        process.join(120)
        if at < len(STEPS):
            assert process.exitcode == -signal.SIGKILL, STEPS[at]
            assert present_state() == before, STEPS[at]
    assert process.exitcode == 0
    db.session.rollback()
    assert set(db.session.scalars(db.select(Message.status))) == {Status.APPROVED}
    for minute in (2, 3):
        db.session.rollback()
        posting.run_posts(NOW + timedelta(minutes=minute))
        rounds.run("this process", NOW + timedelta(minutes=minute), WHOLE)
    assert [one["text"] for one in vk.world.posts.values()] == [NOTICE]
