"""SIGKILL of the web process while it takes an export: nothing is half done, and the same file again is loaded once."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests

from osm.base.database import db
from osm.connectors.incident_file.book import READING_PREFIX
from osm.imports.acts import files
from osm.imports.acts.runs import DEFAULT_SOURCE
from osm.models import Arrival, Event, ImportRun, ImportState, Message
from tests.connectors.conftest import reader_inside
from tests.imports.desk import NOON, export, load, rows
from tests.integrators.conftest import Api
from tests.test_serve import run

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="SIGKILL"), pytest.mark.xdist_group("worker")]
__all__ = ["reader_inside", "run"]

MOMENTS = (0.1, 0.3, 0.5)  # seconds: among the body, at the scanner, after it


def slowly(content: bytes):
    for start in range(0, len(content), len(content) // 4):
        yield content[start : start + len(content) // 4]
        time.sleep(0.05)


def test_a_killed_web_process_leaves_nothing_half_done(app, office, add, run, reader_inside, tmp_path):
    settings, before = app.extensions["osm"].settings, stored()
    load(export(*rows(1)))
    _number, token = add("Компьютер", source=DEFAULT_SOURCE, rights="loads")
    contents = [export(*rows(3, 1000 + 10 * number)) for number in range(len(MOMENTS))]
    db.session.remove()
    (scratch := tmp_path / "scratch").mkdir()
    one = run(
        OSM_DATA_DIR=str(settings.data_dir), OSM_DATABASE_URL=settings.database_url, TMPDIR=str(scratch),
        OSM_SECRET_KEY=settings.secret_key, OSM_ENCRYPTION_KEY=settings.encryption_key, OSM_NOW=NOON.isoformat(),
        OSM_SCAN_COMMAND="sleep-a-little",
        PATH=f"{scanner(tmp_path)}:/usr/bin:/bin",
    )  # fmt: skip
    api, broken = Api(f"http://127.0.0.1:{one.port}", token), []

    def send(content: bytes) -> int:
        try:
            return api.send(content).status_code
        except requests.RequestException:
            return 0

    def first(content: bytes) -> None:
        if not send(slowly(content)):
            broken.append(content)

    one.wait_for(lambda: one.get("/healthz")[0] == 200)
    for content, moment in zip(contents, MOMENTS, strict=True):
        thread = threading.Thread(target=first, args=(content,))
        thread.start()
        time.sleep(moment)
        (web,) = one.children("web")
        os.kill(web, signal.SIGKILL)
        thread.join(60)
        one.wait_for(lambda content=content: send(content) in (200, 202))
    assert broken
    one.wait_for(lambda: not count(ImportRun, ImportRun.state != ImportState.DONE))
    one.wait_for(lambda: not count(Arrival, Arrival.settled_at.is_(None)))
    assert one.end() == 0
    assert count(ImportRun) == len(MOMENTS) + 1
    assert count(Message) == count(Event, Event.action == "enter") == 3 * len(MOMENTS) + 1
    known = set(db.session.scalars(db.select(ImportRun.sha256)))
    assert stored() - before <= known <= stored()
    assert list(scratch.rglob("*")) == []
    assert all(path.name.startswith(READING_PREFIX) for path in files.room().iterdir())
    files.remove_leftovers(datetime.now(UTC) + timedelta(hours=7))
    assert list(files.room().iterdir()) == []


def stored() -> set[str]:
    folder = files.path_of("-").parent
    return {path.stem for path in folder.iterdir()} if folder.is_dir() else set()


def scanner(folder):
    program = folder / "bin" / "sleep-a-little"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nsleep 0.2\n")
    program.chmod(0o755)
    return program.parent


def count(model, *conditions) -> int:
    db.session.rollback()
    return db.session.query(model).filter(*conditions).count()
