"""A purge that is killed at any of its steps is finished by the next run; nothing is half destroyed."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from osm import create_app
from osm.base.database import db
from osm.base.transaction import Pace
from osm.log.acts.audit import seal_events, verify_log
from osm.models import Draft, Message, Purged, PurgeRun, Reply
from osm.retention import queries
from osm.retention.acts import purge
from osm.serve.start import prepare
from tests.forks import FORKS
from tests.keeping.installations import Installation

from .office import LATER, dina
from .poison import end_everything, found_in, poison

STEPS = {
    "_wipe": ("osm.retention.acts.destroying", 5),
    "forget_author": ("osm.retention.acts.destroying", 3),
    "append": ("osm.retention.acts.purge", 4),
    "sweep": ("osm.retention.acts.purge", 1),
    "clean": ("osm.retention.acts.purge", 1),
    "publish": ("osm.retention.acts.purge", 1),
}
"""Before the call with this number of the step of this name."""
pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")


def die_before(name: str) -> Callable[..., Any]:
    module, number = STEPS[name]
    real, calls = getattr(importlib.import_module(module), name), 0

    def call(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    return call


def work_and_be_killed(environ: dict[str, str], name: str) -> None:
    os.environ.update(environ)
    app = create_app(with_web=False)
    prepare(app)
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        patch.setattr(f"{STEPS[name][0]}.{name}", die_before(name))
        purge.run(LATER, Pace())


def test_killed_before_each_kind_of_step(place: Installation):
    with place.app.app_context():
        end_everything(LATER.replace(year=2027))
        poison()
        run_id = purge.order(actor=dina(), now=LATER).id
    for name in STEPS:
        process = FORKS.Process(target=work_and_be_killed, args=(place.environ, name))
        place.let_go()
        process.start()
        process.join(120)
        assert process.exitcode == -signal.SIGKILL, name
        with place.app.app_context():
            assert db.session.get_one(PurgeRun, run_id).ended_at is None
            for message in db.session.scalars(db.select(Message)).unique():
                drafts = db.select(Draft.salt).join(Reply, Draft.reply_id == Reply.id)
                salts = set(db.session.scalars(drafts.where(Reply.message_id == message.id)))
                assert salts in ({""}, set()) if message.purged_at else "" not in salts, "all of it or nothing"
    with place.app.app_context():
        purge.run(LATER, Pace())
        assert queries.open_run() is None
        rows = db.session.execute(db.select(Purged.kept, Purged.subject, Purged.object_id)).all()
        assert len(rows) == len(set(rows)), "nothing twice"
        assert len(list(purge.listed(purge.list_file()))) == len(rows)
        seal_events(LATER)
        assert verify_log(LATER).faults == []
    assert found_in(place) == set()
