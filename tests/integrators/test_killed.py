"""SIGKILL of the worker around the telling of events: each is heard, under one id."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from osm.base.application import SystemClock
from osm.base.database import db
from osm.base.transaction import transaction
from osm.integrators.acts import webhooks
from osm.integrators.rules import Told
from osm.models import Integrator, OutboxAction
from osm.regulation.blacklist import OutboxState
from tests.emulators.serving import Answer, Serving, served
from tests.integrators.conftest import switch_on
from tests.worker.processes import wait_for, workers

EVENTS, KILLS = 12, 3

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="SIGKILL"), pytest.mark.xdist_group("worker")]


def left():
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(OutboxAction.state == OutboxState.PENDING))


def test_a_killed_worker_loses_no_event(app, office, tmp_path, add):
    chance = random.Random(7)
    kept = app.extensions["osm"].settings
    app.extensions["osm"].settings = replace(kept, webhook_hosts=("127.0.0.1",))

    def slowly(_asked):
        time.sleep(chance.uniform(0, 0.3))
        return Answer({})

    with served(Serving(slowly)) as receiver:
        number, _token = add()
        now = SystemClock().now()
        switch_on(number, receiver, office.anna, now)
        with transaction() as session:
            row = session.get_one(Integrator, number)
            for _ in range(EVENTS):
                webhooks._order(row, webhooks._body(Told.TEST, now), now)
        with workers(app, tmp_path, OSM_WEBHOOK_HOSTS="127.0.0.1") as start:
            for _ in range(KILLS):
                worker, before = start(), len(receiver.asked)
                wait_for(lambda before=before: len(receiver.asked) > before or not left())
                time.sleep(chance.uniform(0, 0.2))
                worker.kill()
            start()
            wait_for(lambda: not left())
    app.extensions["osm"].settings = kept
    heard = Counter(asked.headers["X-OSM-Event"] for asked in receiver.asked)
    assert len(heard) == EVENTS
    assert all(asked.json["id"] == asked.headers["X-OSM-Event"] for asked in receiver.asked)
    assert sum(heard.values()) <= EVENTS + 4 * KILLS, "at most what was on its way at a kill"
