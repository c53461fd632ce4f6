"""A backup holds everything at one instant; a restore puts everything back, or refuses and changes nothing."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.pool import NullPool

from osm.base.database import db
from osm.base.transaction import transaction
from osm.keeping.acts.backup import BackupFailed
from osm.keeping.acts.restore import RestoreRefused
from osm.log.acts import audit
from osm.log.acts.audit import verify_log
from osm.log.acts.contents import kept_seals
from osm.log.acts.sealing import Report
from osm.models import Event, MailState, Message, Reminder
from osm.store.archive import Archive
from osm.store.portable import NOT_CARRIED
from osm.store.schema import LAST_BEFORE_1_0, newest_revision, stored_revision
from tests.conftest import MORNING
from tests.databases import SQLITE
from tests.store.next_migration import next_migration
from tests.store.test_before_1_0 import old_database

from .installations import Installation, installed

LATER = MORNING + timedelta(hours=1)


def carried(contents):
    return {name: rows for name, rows in contents.items() if name not in NOT_CARRIED}


def test_every_table_and_every_upload_come_back_in_an_empty_folder(office, archive, install):
    new = install("new")
    done = new.restore(archive, force=False)
    before, after = office.contents(), new.contents()
    assert carried(after) == carried(before)
    assert {name for name in NOT_CARRIED if after[name]} == set()
    assert new.files() == office.files() != {}
    assert new.found("яма") == office.found("яма") != set()
    assert done.rows == sum(map(len, carried(before).values()))
    assert new.leftovers() == []


def test_a_full_folder_is_replaced_and_nothing_of_it_stays(office, archive, install):
    other = install("other")
    for number in range(3):
        other.write(number)
    (other.folder / "uploads" / "ff").mkdir(parents=True)
    (other.folder / "uploads" / "ff" / ("f" * 64)).write_bytes(b"old")
    before, files = other.contents(), other.files()
    with pytest.raises(RestoreRefused, match="--force"):
        other.restore(archive, force=False)
    assert (other.contents(), other.files()) == (before, files)
    other.restore(archive)
    assert carried(other.contents()) == carried(office.contents())
    assert other.files() == office.files()


def test_work_goes_on_after_a_restore(archive, install):
    new = install("new")
    new.restore(archive)
    new.write(1)  # new numbers are above the highest old ones
    with new.app.app_context():
        assert db.session.query(Message).filter(Message.status == "new").count() > 0
        with pytest.raises(Exception, match="append-only"), db.engine.begin() as connection:
            connection.execute(Event.__table__.delete())


def test_letters_that_waited_in_a_backup_are_not_sent_again(archive, install, tmp_path):
    office, new, letters = install("office"), install("new"), select(Reminder.mail).where(Reminder.letter != "")
    office.restore(archive)
    with office.app.app_context(), transaction() as session:
        session.execute(update(Reminder).values(mail=MailState.WAITING, letter="1-1"))
    office.backup(tmp_path / "waiting.zip")
    new.restore(tmp_path / "waiting.zip")
    with new.app.app_context():
        assert set(db.session.scalars(letters)) == {MailState.NONE}


def test_a_backup_under_write_load_holds_one_instant(archive, install, tmp_path):
    office, new = install("office"), install("new")
    office.restore(archive)
    stop, written = threading.Event(), 0

    def write():
        nonlocal written
        while not stop.is_set():
            office.write(written)
            written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while written < 5:
            stop.wait(0.01)
        first = written
        office.backup(tmp_path / "osm.zip")
        last = written
        while written <= last + 1 and writer.is_alive():
            stop.wait(0.01)
    finally:
        stop.set()
        writer.join(120)
    new.restore(tmp_path / "osm.zip")
    live, stored = carried(office.contents()), carried(new.contents())
    notes = [row for row in stored["event_note"] if row[1].startswith("load ")]
    assert first <= len(notes) <= last + 1
    assert len(notes) < written  # some were written later
    for name, rows in live.items():
        # The rows of one transaction are in all its tables or in none.
        added = len(rows) - len(stored[name])
        assert added == (written - len(notes) if name in ("author", "topic", "event", "event_note") else 0), name
        assert stored[name] == rows[: len(stored[name])]
    assert new.files() == office.files()


def test_the_log_can_be_verified_after_a_restore(office, archive, install):
    new = install("new")
    new.restore(archive)
    with new.app.app_context():
        report = verify_log(MORNING)
        assert (report.faults, report.restored_at) == ([], [MORNING])
        assert report.sealed > 200
    # Restore the backup after more was sealed: only the later part is reported missing.
    new.write(1)
    with new.app.app_context():
        assert audit.seal_events(MORNING) == 1
    new.restore(archive, now=LATER)
    with new.app.app_context():
        report = verify_log(LATER)
        assert (report.faults, report.restored_at) == ([], [MORNING, LATER])
        new.write(2)
        audit.seal_events(MORNING)
        assert verify_log(LATER).faults == []


def written_and_sealed(new: Installation, *numbers: int) -> None:
    with new.app.app_context():
        for number in numbers:
            new.write(number)
            audit.seal_events(MORNING)


def checked(new: Installation) -> Report:
    """Also against every seal that this server has made."""
    with new.app.app_context():
        return verify_log(LATER, kept_seals(audit.seal_file().path))


def test_the_log_is_whole_when_an_older_backup_was_restored_first(archive, install, tmp_path):
    new = install("new")
    new.restore(archive)
    written_and_sealed(new, 1, 2)
    new.backup(tmp_path / "newer.osm")
    new.restore(archive, now=MORNING + timedelta(minutes=1))
    written_and_sealed(new, 3)
    new.restore(tmp_path / "newer.osm", now=MORNING + timedelta(minutes=2))
    assert checked(new).faults == []
    written_and_sealed(new, 4)
    assert checked(new).faults == []


def test_the_log_is_whole_when_a_server_had_sealed_its_own_before_the_restore(archive, install):
    new = install("new")
    written_and_sealed(new, 1, 2, 3)
    new.restore(archive)
    written_and_sealed(new, 4)
    assert checked(new).faults == []


def full_disk(*_: object) -> None:
    raise OSError(28, "нет места")


def test_a_backup_that_cannot_be_written_leaves_the_old_one(office, tmp_path, monkeypatch):
    path = tmp_path / "osm.zip"
    path.write_bytes(b"the last one")
    monkeypatch.setattr("osm.store.archive.ArchiveWriter.finish", full_disk)
    with pytest.raises(BackupFailed, match="нет места"):
        office.backup(path)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("osm.zip", b"the last one")]


def test_uploads_that_are_gone_or_spoilt_are_counted(archive, install, tmp_path):
    office, new = install("office"), install("new")
    office.restore(archive)
    first, second, *_ = sorted((office.folder / "uploads").rglob("?" * 64))
    first.unlink()
    second.write_bytes(b"spoilt")
    assert office.backup(tmp_path / "osm.zip").missing == 2
    assert new.restore(tmp_path / "osm.zip").missing == 2


def test_a_backup_of_an_older_version_is_brought_to_the_newest_form(office, archive, install, tmp_path):
    new = install("new")
    with next_migration(new.app, tmp_path):
        new.restore(archive)
        after = carried(new.contents())
        assert after.pop("tomorrow") == []
        assert after == carried(office.contents())
        with new.app.app_context(), db.engine.connect() as connection:
            assert stored_revision(connection) == newest_revision()


def test_a_backup_of_the_last_version_before_1_0_is_taken_over(install, tmp_path):
    old_database(LAST_BEFORE_1_0, tmp_path / "old.sqlite3")
    new = install("new")
    with ExitStack() as stack:
        old = installed(stack, SQLITE, tmp_path / "old", f"sqlite:///{tmp_path / 'old.sqlite3'}")
        old.backup(tmp_path / "old.zip")
        with Archive(tmp_path / "old.zip") as made:
            assert made.manifest.revision == LAST_BEFORE_1_0
        new.restore(tmp_path / "old.zip")
        before, after = carried(old.contents()), carried(new.contents())
        for name, rows in before.items():
            widths = [len(row) for row in rows]  # columns of later migrations follow, and are empty
            found = after.pop(name)
            assert [row[:width] for row, width in zip(found, widths, strict=True)] == rows
            assert not any(any(row[width:]) for row, width in zip(found, widths, strict=True))
        assert not any(after.values())  # tables of later migrations
    assert new.found("яма") == {1}
    with new.app.app_context(), db.engine.connect() as connection:
        assert stored_revision(connection) == newest_revision()


@pytest.mark.sqlite
def test_the_tables_of_a_restore_are_those_of_the_migrations(archive, install, template):
    new = install("new")
    new.restore(archive)
    assert form(new.url) == form(template("sqlite"))


def form(url: str) -> set[tuple[str, ...]]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return {tuple(row) for row in connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master")}
