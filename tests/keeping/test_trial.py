"""Each night's backup is restored for trial; the result is known, and no files of the trial stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyrage
import pytest

from osm.base.application import current_settings
from osm.base.transaction import Pace
from osm.keeping.acts import nightly
from osm.keeping.acts.backup import PREFIX, remove_scratch, scratch
from osm.store.archive import Archive
from osm.store.schema import build

from .installations import Installation

TONIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=ZoneInfo("Asia/Vladivostok"))
DAY = timedelta(days=1)


@pytest.fixture
def young(install, tmp_path: Path) -> Iterator[Installation]:
    """An office without much data that makes backups at night; two are kept."""
    young = install("office")
    young.write(1)
    settings = young.app.extensions["osm"].settings
    young.app.extensions["osm"].settings = replace(settings, backup_dir=tmp_path / "copies", backup_copies=2)
    with young.app.app_context():
        yield young


@pytest.fixture
def full(archive: Path, young: Installation) -> Installation:
    """An office with some weeks of work."""
    young.restore(archive)
    return young


def left(of: Installation) -> list[str]:
    return [path.name for path in of.folder.glob(f"{PREFIX}*")]


def names(of: Installation) -> list[str]:
    return sorted(path.name for path in of.app.extensions["osm"].settings.backup_dir.iterdir())


def failing(*_: object) -> None:
    raise KeyError("old form")


def test_a_backup_is_restored_and_nothing_of_it_stays(full, monkeypatch):
    built = []

    def watched(path, *arguments):
        yield from build(path, *arguments)
        built.append((path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777, path.stat().st_size))

    monkeypatch.setattr("osm.keeping.acts.nightly.build", watched)
    before = full.contents()
    assert nightly.run(TONIGHT, Pace(), current_settings()) == 1
    state = nightly.state(TONIGHT)
    assert (state.tried_at, state.tried_file, state.trial_failure) == (TONIGHT, "osm-2026-11-25.zip", "")
    [(folder, database, size)] = built
    assert (folder, database) == (0o700, 0o600)
    assert size > 100_000
    assert left(full) == []
    after = full.contents()
    assert {name for name in before if after[name] != before[name]} == {"worker_beat"}


def test_a_backup_that_cannot_be_restored_is_said_and_kept(young, monkeypatch):
    nightly.run(TONIGHT, Pace(), current_settings())
    with monkeypatch.context() as broken:
        broken.setattr("osm.store.schema.set_counters", failing)
        for night in range(1, 5):
            assert nightly.run(TONIGHT + night * DAY, Pace(), current_settings()) == 1
    state = nightly.state(TONIGHT + 4 * DAY)
    assert state.trial_failure == "KeyError: 'old form'"
    assert (state.tried_at, state.tried_file) == (TONIGHT, "osm-2026-11-25.zip")
    assert (state.made_at, state.overdue) == (TONIGHT + 4 * DAY, False)
    # The last backup that could be restored is kept longer than those that could not.
    assert names(young) == ["osm-2026-11-25.zip", "osm-2026-11-28.zip", "osm-2026-11-29.zip"]
    assert left(young) == []
    nightly.run(TONIGHT + 5 * DAY, Pace(), current_settings())
    assert nightly.state(TONIGHT + 5 * DAY).trial_failure == ""
    assert names(young) == ["osm-2026-11-29.zip", "osm-2026-11-30.zip"]


def test_files_that_the_tables_name_and_the_backup_has_not_fail_it(full, monkeypatch):
    monkeypatch.setattr("osm.keeping.acts.nightly.missing_files", lambda _connection, hashes: len(list(hashes)))
    nightly.run(TONIGHT, Pace(), current_settings())
    assert "Не хватает файлов" in nightly.state(TONIGHT).trial_failure


def test_files_that_were_missing_all_along_fail_nothing(full):
    for path in (full.folder / "uploads").rglob("?" * 64):
        path.unlink()
    nightly.run(TONIGHT, Pace(), current_settings())
    assert nightly.state(TONIGHT).trial_failure == ""


def test_without_room_for_it_the_office_keeps_its_room(full, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 1000})())
    nightly.run(TONIGHT, Pace(), current_settings())
    assert "Не хватает места" in nightly.state(TONIGHT).trial_failure
    assert names(full) == ["osm-2026-11-25.zip"]


def test_it_gives_the_turn_back_and_stopped_in_its_midst_leaves_nothing(full):
    rounds = 0
    while not list(full.folder.glob(f"{PREFIX}*/trial.sqlite3")):
        assert nightly.run(TONIGHT, Pace(seconds=0), current_settings()) == 1
        rounds += 1
    for _ in range(3):
        assert nightly.run(TONIGHT, Pace(seconds=0), current_settings()) == 1
    assert left(full) != []
    nightly.run(TONIGHT, Pace(may_continue=lambda: False, seconds=0), current_settings())
    assert (left(full), nightly.state(TONIGHT).tried_at) == ([], None)
    nightly.run(TONIGHT, Pace(), current_settings())
    assert (left(full), nightly.state(TONIGHT).tried_at) == ([], TONIGHT)


def test_an_encrypted_one_is_tried_before_it_is_encrypted(young):
    identity = pyrage.x25519.Identity.generate()
    settings = young.app.extensions["osm"].settings
    young.app.extensions["osm"].settings = replace(settings, backup_recipients=(str(identity.to_public()),))
    nightly.run(TONIGHT, Pace(), current_settings())
    state = nightly.state(TONIGHT)
    assert (state.tried_file, state.trial_failure) == ("osm-2026-11-25.zip.age", "")
    assert (names(young), left(young)) == (["osm-2026-11-25.zip.age"], [])
    [path] = settings.backup_dir.iterdir()
    assert state.size == path.stat().st_size
    (young.folder / "osm.zip").write_bytes(pyrage.decrypt(path.read_bytes(), [identity]))
    with Archive(young.folder / "osm.zip") as archive:
        archive.verify()
    assert nightly.run(TONIGHT + timedelta(hours=20), Pace(), current_settings()) == 0
    for night in (1, 2):
        nightly.run(TONIGHT + night * DAY, Pace(), current_settings())
    assert names(young) == ["osm-2026-11-26.zip.age", "osm-2026-11-27.zip.age"]


def test_folders_of_those_who_are_no_more_go_and_those_in_use_stay(young):
    (young.folder / f"{PREFIX}dead").mkdir()
    with scratch() as used:
        (young.folder / f"{PREFIX}dead too").mkdir()
        remove_scratch()
        assert left(young) == [used.name]
    assert left(young) == []
