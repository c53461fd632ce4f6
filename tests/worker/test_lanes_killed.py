"""SIGKILL at random moments while all lanes work: what is imported, missed and read is stored once."""

from __future__ import annotations

import os
import random
import time

import pytest
from sqlalchemy import func, select

from osm.base.database import db
from osm.comments.acts.importing import import_comments
from osm.models import (
    Comment,
    Deadline,
    DueCommentReading,
    DueReading,
    Event,
    ImportRun,
    ImportState,
    Message,
    MessageVerdict,
)
from osm.regulation.words import ClockKind
from tests.comments.conftest import line
from tests.imports.waiting import waiting
from tests.office import hire

from .processes import holds, wait_for, workers
from .test_killed import DUE, MORE, NOW, store_missed

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.xdist_group("worker"),
    pytest.mark.nightly(on="postgresql"),
]

KILLS = max(3, int(os.environ.get("OSM_TEST_KILLS", "8")) // 2)
ROWS, COMMENTS = 700, 600


def number(what: object, *where: object) -> int:
    found = db.session.scalar(select(func.count()).select_from(what).where(*where)) or 0
    db.session.rollback()
    return found


def noted() -> int:
    return number(Deadline, Deadline.breached_at == DUE, Deadline.kind == ClockKind.ROUTE)


def all_is_done() -> bool:
    return (
        number(ImportRun, ImportRun.state == ImportState.DONE) == 1
        and noted() == MORE
        and number(Comment, Comment.rules == "") == number(DueReading) == number(DueCommentReading) == 0
    )


def test_killed_at_random_moments_no_lane_loses_or_doubles_anything(app, tmp_path, often):
    chance = random.Random(3)
    with app.app_context(), workers(app, tmp_path, OSM_NOW=NOW.isoformat()) as start:
        hire()
        waiting(ROWS)
        missed = store_missed(MORE, 100_001)
        import_comments([line(id=n, text=f"Яма номер {n}, почините") for n in range(COMMENTS)], actor=None, now=NOW)
        in_the_middle = 0
        for _ in range(often(2, KILLS)):
            begun = number(Message) + number(Comment, Comment.rules != "")
            worker = start()
            wait_for(
                lambda begun=begun: all_is_done() or number(Message) + number(Comment, Comment.rules != "") > begun,
                worker,
            )
            time.sleep(chance.uniform(0.0, 0.3))
            worker.kill()
            in_the_middle += not all_is_done()
        last = start()
        wait_for(lambda: all_is_done() and holds(last), last)  # before that it may not be able to end yet
        assert last.end() == 0
        run = db.session.scalars(select(ImportRun)).one()
        assert {name: n for name, n in run.counts.items() if n} == {"created": ROWS}
        assert number(Message) == ROWS + MORE
        assert number(Event, Event.action == "enter") == ROWS
        assert number(Event, Event.action == "import_done") == 1
        breached = db.session.scalars(select(Event.message_id).where(Event.action == "breach")).all()
        assert sorted(one for one in breached if one in set(missed)) == missed, "one event for each missed hour"
        assert number(MessageVerdict) == ROWS
        assert number(Comment) == COMMENTS
        assert in_the_middle
