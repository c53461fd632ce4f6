"""The worker dies by SIGKILL, a real process at random moments: no row is lost or done twice."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import pytest
from flask import Flask

from osm.base.database import db
from osm.imports.acts import runs
from osm.imports.queries.runs import progress
from osm.models import Author, Deadline, Event, ImportRun, ImportState, Message
from osm.regulation.words import DeadlineState
from tests.connectors.files import HEADER, incident
from tests.worker.processes import workers

from .desk import Outcome, export

ROWS = 1500
PROFILES = 40

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")


def run_of(app: Flask) -> int:
    """A run for the worker: its rows share profiles, every tenth is of high importance."""
    table = [
        [
            *incident(10_000 + i, Важность="Повышенная" if i % 10 == 0 else "Обычная"),
            f"https://vk.com/id{900_000 + i % PROFILES}",
        ]
        for i in range(ROWS)
    ]
    content = export(*table, header=[*HEADER, "Профиль автора"])
    now = app.extensions["osm"].clock.now()
    run_id = runs.upload_file("большая.xlsx", content, source="", actor=None, now=now).id
    runs.start_run(run_id, columns={}, times="local", history=False, dry_run=False, actor=None, now=now)
    return run_id


def wait_for(run_id: int, reached: Callable[[ImportState, int, int], bool], seconds: float = 120) -> ImportState:
    """Poll the database until the run has come so far."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        db.session.rollback()
        now = db.session.get_one(ImportRun, run_id).state
        if reached(now, *progress(run_id)):
            return now
        time.sleep(0.01)
    raise AssertionError(f"the run has not come so far: {now}")


def test_killed_again_and_again_the_import_ends_whole(app, now, tmp_path):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    moments = random.Random(seed)
    died_in: list[ImportState] = []
    with app.app_context(), workers(app, tmp_path, OSM_NOW=now.isoformat()) as start_worker:
        run_id = run_of(app)
        plan = [
            lambda state, staged, done: staged > 0,
            lambda state, staged, done: staged > ROWS // 2,
            lambda state, staged, done: state is ImportState.PUBLISHING,
            lambda state, staged, done: done > ROWS // 5,
            lambda state, staged, done: done > ROWS // 2,
            lambda state, staged, done: done > ROWS * 3 // 4,
        ]
        for reached in plan:
            worker = start_worker()
            wait_for(run_id, lambda *now, reached=reached: reached(*now) or now[0] is ImportState.DONE)
            time.sleep(moments.random() * 0.1)
            worker.kill()
            db.session.rollback()
            died_in.append(Outcome(run_id).run.state)
        start_worker()
        wait_for(run_id, lambda state, *_: state is ImportState.DONE)

        assert {ImportState.STAGING, ImportState.PUBLISHING} <= set(died_in), died_in
        assert Outcome(run_id).counts == {"created": ROWS}
        assert [row.row_no for row in Outcome(run_id).rows] == list(range(2, ROWS + 2))
        assert sorted(db.session.scalars(db.select(Message.number))) == [str(10_000 + i) for i in range(ROWS)]
        assert db.session.query(Event).filter_by(action="enter").count() == ROWS
        assert db.session.query(Event).filter_by(action="import_done").count() == 1
        assert db.session.query(Author).count() == PROFILES
        high = ROWS // 10
        kinds = db.session.execute(
            db.select(Deadline.kind, db.func.count())
            .where(Deadline.state == DeadlineState.OPEN)
            .group_by(Deadline.kind)
        )
        assert {kind.value: count for kind, count in kinds} == {"route": ROWS, "answer": high, "draft": high}


def test_a_stopped_worker_ends_soon_and_loses_nothing(app, now, tmp_path):
    with app.app_context(), workers(app, tmp_path, OSM_NOW=now.isoformat()) as start_worker:
        run_id = run_of(app)
        worker = start_worker()
        wait_for(run_id, lambda state, staged, done: done > 0 or state is ImportState.DONE)
        assert worker.end() == 0
        db.session.rollback()
        assert Outcome(run_id).run.lease_owner == ""
        start_worker()
        wait_for(run_id, lambda state, *_: state is ImportState.DONE)
        assert Outcome(run_id).counts == {"created": ROWS}
        assert db.session.query(Message).count() == ROWS
