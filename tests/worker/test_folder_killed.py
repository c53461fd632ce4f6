"""Exports of the folder, SIGKILL at each step or two workers at once: each is loaded once and ends in its place."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from osm.base.application import application
from osm.base.database import db
from osm.base.transaction import Pace
from osm.imports.acts import arrivals, folder, runs
from osm.jobs import lanes
from osm.models import Arrival, Event, ImportRun, Message
from tests.forks import FORKS
from tests.imports.desk import NOON, export, load, rows, work

STEPS = {
    "kept": (runs.files, "keep"),
    "taken": (arrivals.runs, "upload_file"),
    "checked": (arrivals.runs, "check_at_once"),
    "published": (arrivals.runs, "publish_run"),
    "reason": (folder.arrivals, "note_refused"),
    "moved": (os, "rename"),
    "settled": (arrivals, "settle"),
}

ON_SQLITE_BY_DAY = pytest.mark.nightly(on="postgresql")
"""A process is killed on PostgreSQL at one step, before and after it; at night at each."""


def _until_killed(environ, path, step, before):
    os.environ.update(environ)
    from osm import create_app

    app = create_app(with_web=False)
    with app.app_context():
        application().settings = replace(application().settings, inbox_dir=path)
        module, name = STEPS[step]
        whole = getattr(module, name)

        def killed(*args, **named):
            if name == "settle" and not args[0]:
                return
            if not before:
                whole(*args, **named)
            os.kill(os.getpid(), 9)

        folder.SECONDS = 0.0
        for _ in range(10):
            setattr(module, name, killed)
            lanes.take_exports(NOON, Pace())
            setattr(module, name, whole)
            work()


FILES = 8


def _together(environ, path, barrier):
    os.environ.update(environ)
    from osm import create_app

    app = create_app(with_web=False)
    with app.app_context():
        application().settings = replace(application().settings, inbox_dir=path)
        folder.SECONDS = 0.0
        lanes.take_exports(NOON, Pace())
        for _ in range(12):
            barrier.wait(60)
            lanes.take_exports(NOON, Pace())
            work(f"worker:{os.getpid()}")


def environ_of(app):
    settings = app.extensions["osm"].settings
    return {
        "OSM_DATA_DIR": str(settings.data_dir),
        "OSM_DATABASE_URL": settings.database_url,
        "OSM_SECRET_KEY": settings.secret_key,
        "OSM_ENCRYPTION_KEY": settings.encryption_key,
    }


def test_two_workers_on_one_folder_load_each_file_once(app, tmp_path):
    path = tmp_path / "выгрузки"
    path.mkdir()
    with app.app_context():
        load(export(*rows(1)))
        for number in range(FILES):
            (path / f"good-{number}.xlsx").write_bytes(export(*rows(3, 1000 + 10 * number)))
            (path / f"bad-{number}.xlsx").write_bytes(b"nothing %d" % number)
        db.session.remove()
        barrier = FORKS.Barrier(2)
        both = [FORKS.Process(target=_together, args=(environ_of(app), path, barrier), daemon=True) for _ in range(2)]
        for process in both:
            process.start()
        for process in both:
            process.join(120)
        assert [process.exitcode for process in both] == [0, 0]
        assert sorted(one.name for one in path.iterdir()) == ["loaded", "refused"]
        assert sorted(one.name for one in (path / "loaded").iterdir()) == [f"good-{n}.xlsx" for n in range(FILES)]
        bad = [f"bad-{n}.xlsx{ending}" for n in range(FILES) for ending in ("", ".txt")]
        assert sorted(one.name for one in (path / "refused").iterdir()) == bad
        assert db.session.query(Message).count() == 3 * FILES + 1
        assert db.session.query(Event).filter_by(action="enter").count() == 3 * FILES + 1
        assert db.session.query(ImportRun).count() == FILES + 1
        assert db.session.query(Arrival).filter(Arrival.settled_at.is_(None)).count() == 0


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(
    "step", [step if step == "published" else pytest.param(step, marks=ON_SQLITE_BY_DAY) for step in STEPS]
)
def test_killed_at_a_step_nothing_is_lost_or_loaded_twice(app, tmp_path, monkeypatch, step, before):
    path = tmp_path / "выгрузки"
    path.mkdir()
    settings, environ = app.extensions["osm"].settings, environ_of(app)
    with app.app_context():
        load(export(*rows(1)))
        (path / "good.xlsx").write_bytes(export(*rows(3)))
        (path / "bad.xlsx").write_bytes(b"nothing")
        db.session.remove()
        process = FORKS.Process(target=_until_killed, args=(environ, path, step, before), daemon=True)
        process.start()
        process.join(120)
        assert process.exitcode == -9

        monkeypatch.setattr(app.extensions["osm"], "settings", replace(settings, inbox_dir=path))
        monkeypatch.setattr(folder, "SECONDS", 0.0)
        folder.SEEN.forget()
        for _ in range(10):
            lanes.take_exports(NOON, Pace())
            work()
        assert sorted(one.name for one in path.iterdir()) == ["loaded", "refused"]
        assert sorted(one.name for one in (path / "loaded").iterdir()) == ["good.xlsx"]
        assert sorted(one.name for one in (path / "refused").iterdir()) == ["bad.xlsx", "bad.xlsx.txt"]
        assert db.session.query(Message).count() == 3
        assert db.session.query(Event).filter_by(action="enter").count() == 3
        assert db.session.query(ImportRun).count() == 2
        assert db.session.query(Arrival).filter(Arrival.settled_at.is_(None)).count() == 0
