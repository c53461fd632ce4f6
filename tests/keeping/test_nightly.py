"""The backup of every night: once, in small steps, a number of copies kept, the last good one always."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import Pace, WorkerBeat
from osm.jobs.running import run_due
from osm.keeping.acts import nightly
from osm.keeping.acts.nightly import STEPS
from osm.store.archive import Archive
from osm.store.portable import BadArchive

TONIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=ZoneInfo("Asia/Vladivostok"))
DAY = timedelta(days=1)


@pytest.fixture
def folder(app, tmp_path):
    """Where the copies of this application go: three are kept."""
    settings = app.extensions["osm"].settings
    folder = tmp_path / "copies"
    app.extensions["osm"].settings = replace(settings, backup_dir=folder, backup_copies=3)
    with app.app_context():
        yield folder
    app.extensions["osm"].settings = settings
    STEPS.forget(app)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_one_a_night_and_the_oldest_goes(folder):
    for night in range(5):
        assert nightly.run(TONIGHT + night * DAY, Pace(), current_settings()) == 1
        assert nightly.run(TONIGHT + night * DAY + timedelta(hours=23), Pace(), current_settings()) == 0
    assert names(folder) == ["osm-2026-11-27.zip", "osm-2026-11-28.zip", "osm-2026-11-29.zip"]
    with Archive(folder / "osm-2026-11-29.zip") as archive:
        archive.verify()
    state = nightly.state(TONIGHT + 4 * DAY)
    assert (state.made_at, state.overdue) == (TONIGHT + 4 * DAY, False)
    assert nightly.state(TONIGHT + 6 * DAY).overdue


def test_before_two_in_the_morning_it_is_still_the_night_before(folder):
    nightly.run(TONIGHT - timedelta(minutes=1), Pace(), current_settings())
    assert names(folder) == ["osm-2026-11-24.zip"]


def test_a_round_takes_no_longer_than_it_may(folder):
    rounds = 0
    while not (folder / "osm-2026-11-25.zip").exists():
        assert nightly.run(TONIGHT, Pace(seconds=0), current_settings()) == 1
        rounds += 1
    assert rounds > 3
    assert names(folder) == ["osm-2026-11-25.zip"]


def test_a_worker_that_is_told_to_stop_leaves_nothing_unfinished(folder):
    nightly.run(TONIGHT, Pace(seconds=0), current_settings())
    nightly.run(TONIGHT, Pace(may_continue=lambda: False, seconds=0), current_settings())
    assert names(folder) == []
    nightly.run(TONIGHT, Pace(), current_settings())
    assert names(folder) == ["osm-2026-11-25.zip"]


def test_a_failure_removes_no_copy_and_is_tried_again_in_an_hour(folder, monkeypatch, client):
    for night in range(3):
        nightly.run(TONIGHT + night * DAY, Pace(), current_settings())
    kept, now = names(folder), TONIGHT + 3 * DAY

    def spoilt(self):
        raise BadArchive("Копия повреждена.")
        yield

    with monkeypatch.context() as broken:
        broken.setattr(Archive, "checks", spoilt)
        assert run_due(now)["backup"] == 1
    assert [name for name in names(folder) if name != "osm-unread.zip"] == kept
    assert db.session.get(WorkerBeat, nightly.FAILED).detail == '{"reason": "Копия повреждена."}'
    db.session.rollback()
    assert nightly.state(now).overdue
    assert nightly.run(now + timedelta(minutes=59), Pace(), current_settings()) == 0
    assert nightly.run(now + timedelta(minutes=60), Pace(), current_settings()) == 1
    assert names(folder) == [*kept[1:], "osm-2026-11-28.zip"]
    assert db.session.get(WorkerBeat, nightly.FAILED) is None


@pytest.mark.skipif(os.name != "posix", reason="folders that are files")
def test_a_folder_that_cannot_be_written_is_no_end_of_the_worker(folder):
    folder.write_bytes(b"")
    assert run_due(TONIGHT)["backup"] == 1
    state = nightly.state(TONIGHT)
    assert (state.made_at, state.overdue) == (None, True)
    assert nightly.run(TONIGHT, Pace(), current_settings()) == 0


def test_what_killed_workers_left_is_removed_and_other_files_stay(folder):
    folder.mkdir()
    for name in (".osm-unread.zip-old", ".osm-unread.zip-new", "сметы.zip"):
        (folder / name).write_bytes(b"x")
    old = (TONIGHT - 2 * DAY).timestamp()
    os.utime(folder / ".osm-unread.zip-old", (old, old))
    nightly.run(TONIGHT, Pace(), current_settings())
    assert names(folder) == [".osm-unread.zip-new", "osm-2026-11-25.zip", "сметы.zip"]


def test_readyz_says_when_the_last_one_was_made(folder, client, clock):
    run_due(clock.now())
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert (answer.json["backup_at"], answer.json["backup_overdue"]) == (clock.now().isoformat(), False)
    assert (answer.json["backup_tried_at"], answer.json["backup_trial_failed"]) == (clock.now().isoformat(), False)
    nightly._note(nightly.TRIAL_FAILED, clock.now(), {"file": "osm.zip", "reason": "Не хватает места."})
    assert client.get("/readyz").json["backup_trial_failed"] is True
    assert "места" not in client.get("/readyz").text  # the page is public
    clock.set(clock.now() + 2 * DAY)
    assert client.get("/readyz").json["backup_overdue"] is True
