"""Exports of the folder, SIGKILL at each step: each is loaded once and ends in its place."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from osm.base.application import application
from osm.base.database import db
from osm.base.leases import Pace
from osm.imports.acts import arrivals, folder, runs
from osm.jobs import arriving
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
            arriving.run(NOON, Pace())
            setattr(module, name, whole)
            work()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_nothing_is_lost_or_loaded_twice(app, tmp_path, monkeypatch, step, before):
    path = tmp_path / "выгрузки"
    path.mkdir()
    settings = app.extensions["osm"].settings
    environ = {
        "OSM_DATA_DIR": str(settings.data_dir),
        "OSM_DATABASE_URL": settings.database_url,
        "OSM_SECRET_KEY": settings.secret_key,
        "OSM_ENCRYPTION_KEY": settings.encryption_key,
    }
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
            arriving.run(NOON, Pace())
            work()
        assert sorted(one.name for one in path.iterdir()) == ["loaded", "refused"]
        assert sorted(one.name for one in (path / "loaded").iterdir()) == ["good.xlsx"]
        assert sorted(one.name for one in (path / "refused").iterdir()) == ["bad.xlsx", "bad.xlsx.txt"]
        assert db.session.query(Message).count() == 3
        assert db.session.query(Event).filter_by(action="enter").count() == 3
        assert db.session.query(ImportRun).count() == 2
        assert db.session.query(Arrival).filter(Arrival.settled_at.is_(None)).count() == 0
