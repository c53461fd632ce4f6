"""Exports that are put in a folder: loaded by themselves, left to a person, refused, put away; hostile files."""

from __future__ import annotations

import ctypes
import os
from dataclasses import replace
from datetime import timedelta

import pytest

from osm.base.application import SystemClock
from osm.base.database import db
from osm.base.transaction import Pace
from osm.imports.acts import arrivals, files, folder, recall, runs
from osm.jobs import lanes
from osm.models import Arrival, Event, ImportRun, ImportState, PortalMessage, PurgeRun, Reminder
from osm.regulation.reminding import Kind
from osm.reminders.acts import due, mailing
from tests.connectors.files import HEADER, incident, xlsx

from .desk import NOON, export, load, messages, rows, upload, work


@pytest.fixture
def inbox(app, office, tmp_path, monkeypatch):
    """The folder, with a layout that the office already knows; two looks suffice without waiting."""
    path = tmp_path / "выгрузки"
    path.mkdir()
    kept = app.extensions["osm"].settings
    monkeypatch.setattr(app.extensions["osm"], "settings", replace(kept, inbox_dir=path))
    monkeypatch.setattr(folder, "SECONDS", 0.0)
    folder.SEEN.forget()
    folder.SCAN_AFTER.forget()
    mailing.TROUBLES.forget()
    load(export(*rows(1)))
    return path


def rounds(count: int = 8, now=NOON) -> None:
    for _ in range(count):
        lanes.take_exports(now, Pace())
        work(now=now)


def names(path, part="") -> list[str]:
    return sorted(one.name for one in (path / part).iterdir() if not one.is_dir())


def run_of(path) -> ImportRun:
    return db.session.scalars(db.select(ImportRun).order_by(ImportRun.id.desc())).first()


def test_a_known_layout_is_loaded_and_moved(inbox):
    (inbox / "выгрузка 10-00.xlsx").write_bytes(export(*rows(3)))
    rounds()
    assert (names(inbox), names(inbox, "loaded")) == ([], ["выгрузка 10-00.xlsx"])
    assert len(messages()) == 3
    assert run_of(inbox).source.name == "Инцидент Менеджмент"
    assert db.session.scalars(db.select(Arrival)).one().settled_at == NOON


def test_the_same_file_twice_does_nothing(inbox):
    content = export(*rows(3))
    (inbox / "a.xlsx").write_bytes(content)
    (inbox / "b.xlsx").write_bytes(content)
    rounds()
    (inbox / "a.xlsx").write_bytes(content)
    rounds()
    assert names(inbox) == []
    assert names(inbox, "loaded") == ["a (2).xlsx", "a.xlsx", "b.xlsx"]
    assert db.session.query(ImportRun).count() == 2  # with the one of the fixture


def test_a_file_that_grows_or_has_a_temporary_name_is_left(inbox, monkeypatch):
    monkeypatch.setattr(folder, "SECONDS", 3600.0)
    (inbox / "a.xlsx").write_bytes(export(*rows(2)))
    rounds(3)
    monkeypatch.setattr(folder, "SECONDS", 0.0)
    for name in ("~$a.xlsx", "b.xlsx.part", "c.CRDOWNLOAD", "d.tmp", ".e.xlsx"):
        (inbox / name).write_bytes(export(*rows(2)))
    (inbox / "a.xlsx").write_bytes(export(*rows(4)))
    lanes.take_exports(NOON, Pace())
    assert db.session.query(Arrival).count() == 0
    rounds()
    assert names(inbox) == [".e.xlsx", "b.xlsx.part", "c.CRDOWNLOAD", "d.tmp", "~$a.xlsx"]
    assert len(messages()) == 4


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (export(["слово", "дело"], ["один", "два"], header=["Чужое", "Другое"]), "ещё не было"),
        (export([*incident(601), "x"], header=[*HEADER, "Новый столбец"]), "изменились"),
        (export(incident(501, Ссылка="https://vk.com/wall-9_9", Автор="Другой Человек")), "другие сообщения"),
        (export(incident(502, Текст=""), *rows(3)), "не принята"),
    ],
    ids=["unknown", "changed", "held", "rejected"],
)
def test_what_is_not_clear_waits_for_a_person_who_is_told(inbox, content, reason):
    before = len(messages())
    (inbox / "a.xlsx").write_bytes(content)
    rounds()
    arrival = db.session.scalars(db.select(Arrival)).one()
    assert (names(inbox), len(messages())) == (["a.xlsx"], before)
    assert reason in arrival.reason
    due.read_log(NOON)
    assert Kind.EXPORT_WAITS in db.session.scalars(db.select(Reminder.kind)).all()
    runs.discard_run(arrival.run_id, actor=None, now=NOON)
    rounds()
    assert (names(inbox), names(inbox, "refused")) == ([], ["a.xlsx", "a.xlsx.txt"])
    assert "отменил человек" in (inbox / "refused/a.xlsx.txt").read_text("utf-8-sig")


def test_what_a_person_loads_is_moved_too(inbox):
    (inbox / "a.xlsx").write_bytes(export([*incident(601), "x"], header=[*HEADER, "Новый столбец"]))
    rounds()
    run = run_of(inbox)
    runs.start_run(run.id, columns={}, times="local", history=False, dry_run=False, actor=None, now=NOON)
    rounds()
    assert names(inbox, "loaded") == ["a.xlsx"]
    assert len(messages()) == 2


def test_what_a_person_loads_beside_it_by_hand_waits_no_longer(inbox):
    content = export([*incident(601), "x"], header=[*HEADER, "Новый столбец"])
    (inbox / "a.xlsx").write_bytes(content)
    rounds()
    assert [one.reason for one in arrivals.waiting([run_of(inbox).id])] == ["Столбцы изменились: проверьте их."]
    load(content)
    rounds()
    assert (names(inbox), names(inbox, "loaded"), names(inbox, "refused")) == ([], ["a.xlsx"], [])
    assert {one.state for one in db.session.scalars(db.select(ImportRun))} == {ImportState.DONE}
    assert len(messages()) == 2


def test_a_load_that_was_recalled_can_come_again(inbox, office):
    content = export(*rows(3, 700))
    (inbox / "a.xlsx").write_bytes(content)
    rounds()
    recall.recall_run(run_of(inbox).id, actor=office.anna, now=NOON)
    (inbox / "a.xlsx").write_bytes(content)
    rounds()
    assert (names(inbox), names(inbox, "loaded")) == ([], ["a (2).xlsx", "a.xlsx"])
    assert len([one for one in messages() if one.recalled_at is None]) == 4


def test_a_broken_file_is_refused_with_its_reason(inbox):
    (inbox / "a.xlsx").write_bytes(b"PK\x03\x04 this is no book")
    rounds()
    assert names(inbox, "refused") == ["a.xlsx", "a.xlsx.txt"]
    assert len((inbox / "refused/a.xlsx.txt").read_text("utf-8-sig").splitlines()) >= 2
    assert db.session.query(Event).filter_by(action=arrivals.REFUSED).count() == 1
    assert db.session.query(Arrival).count() == 0


def test_hostile_files_are_never_opened_or_followed(inbox, tmp_path, monkeypatch):
    secret = tmp_path / "secret.xlsx"
    secret.write_bytes(export(*rows(9)))
    (inbox / "link.xlsx").symlink_to(secret)
    os.mkfifo(inbox / "pipe.xlsx")
    (inbox / "folder.xlsx").mkdir()
    (inbox / "new\nline ..\\..\\x.xlsx").write_bytes(b"nothing")
    (inbox / os.fsdecode(b"bad-\xff.xlsx")).write_bytes(b"nothing")
    (inbox / ("д" * 125 + ".xlsx")).write_bytes(b"nothing")
    monkeypatch.setattr(files, "MAX_BYTES", 100_000)
    with (inbox / "huge.xlsx").open("wb") as huge:
        huge.truncate(100_001)
    rounds()
    assert secret.exists()
    assert len(messages()) == 1
    assert [one.name for one in inbox.iterdir() if one.name not in ("loaded", "refused")] == ["folder.xlsx"]
    refused = names(inbox, "refused")
    assert len(refused) == 12
    assert (inbox / "refused/link.xlsx").is_symlink()
    assert "слишком" in (inbox / "refused/huge.xlsx.txt").read_text("utf-8-sig") or "больше" in (
        inbox / "refused/huge.xlsx.txt"
    ).read_text("utf-8-sig")


def test_a_link_in_the_place_of_a_part_is_a_trouble(inbox, tmp_path):
    (inbox / "loaded").symlink_to(tmp_path)
    rounds(1)
    assert [one.name for one in mailing.troubles()] == [lanes.FOLDER]


def test_a_folder_that_is_away_is_one_trouble_in_words(inbox):
    inbox.rename(inbox.with_name("away"))
    rounds(3)
    (trouble,) = mailing.troubles()
    assert "недоступна" in trouble.reason
    inbox.with_name("away").rename(inbox)
    rounds(1)
    assert mailing.troubles() == []


def test_a_file_that_takes_the_name_at_the_last_moment_is_kept(inbox, monkeypatch):
    (inbox / "a.xlsx").write_bytes(export(*rows(2)))
    lanes.take_exports(NOON, Pace())
    move = folder._move

    def late(*args):
        (inbox / "new").write_bytes(export(*rows(5)))
        (inbox / "new").rename(inbox / "a.xlsx")
        return move(*args)

    while run_of(inbox).state is not ImportState.DONE or len(messages()) < 2:
        lanes.take_exports(NOON, Pace())
        work()
    monkeypatch.setattr(folder, "_move", late)
    rounds(1)
    monkeypatch.undo()
    monkeypatch.setattr(folder, "SECONDS", 0.0)
    assert (names(inbox, "loaded"), names(inbox)) == ([], ["a.xlsx"])


def test_a_table_of_pos_with_its_contacts_is_gone_once_it_is_loaded(inbox):
    heads, one = ["Номер", "Дата поступления", "Текст", "Телефон"], ["88001", "02.11.2026 09:00", "Фонарь", "+7 924 1"]
    run_id = upload(xlsx([heads, one]), source="ПОС")
    given = {"columns": {}, "times": "local", "history": False, "dry_run": False, "kind": "portal"}
    runs.start_run(run_id, **given, actor=None, now=NOON)
    work()
    content = xlsx([heads, ["88002", *one[1:]]])
    (inbox / "pos.xlsx").write_bytes(content)
    rounds()
    (inbox / "again.xlsx").write_bytes(content)
    rounds()
    assert db.session.query(PortalMessage).count() == 2
    assert (names(inbox), names(inbox, "loaded"), names(inbox, "refused")) == ([], [], [])


def scanner(app, monkeypatch, tmp_path, script):
    program = tmp_path / "scan"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    settings = replace(app.extensions["osm"].settings, scan_command=(str(program),))
    monkeypatch.setattr(app.extensions["osm"], "settings", settings)
    return program


def test_a_scanner_that_is_down_lets_files_wait_and_is_told(inbox, app, monkeypatch, tmp_path):
    asked = tmp_path / "asked"
    program = scanner(app, monkeypatch, tmp_path, f"echo x >> {asked}; exit 2")
    for name in ("a.xlsx", "b.xlsx"):
        (inbox / name).write_bytes(export(*rows(3, 700 + ord(name[0]))))
    rounds()
    assert (names(inbox), names(inbox, "refused")) == (["a.xlsx", "b.xlsx"], [])
    assert (
        len(asked.read_text().split()) == 2
    )  # a file, and an empty one; more a minute later, since each may take long
    (trouble,) = mailing.troubles()
    assert (trouble.name, "вирусы" in trouble.reason) == (lanes.FOLDER, True)
    program.write_text("#!/bin/sh\nexit 0\n")
    folder.SCAN_AFTER.forget()
    rounds()
    assert (names(inbox), names(inbox, "loaded"), mailing.troubles()) == ([], ["a.xlsx", "b.xlsx"], [])


def test_one_file_that_the_scanner_cannot_judge_keeps_no_other_waiting(inbox, app, monkeypatch, tmp_path):
    monkeypatch.setattr(folder, "SCAN_AGAIN", 0.0)
    scanner(app, monkeypatch, tmp_path, 'grep -q STRANGE "$1" && exit 2\nexit 0')
    (inbox / "a.csv").write_bytes(b"STRANGE;b\n1;2\n")
    (inbox / "b.xlsx").write_bytes(export(*rows(3)))
    rounds()
    assert (names(inbox), names(inbox, "loaded")) == (["a.csv"], ["b.xlsx"])
    assert [one.name for one in mailing.troubles()] == [lanes.FOLDER]
    assert db.session.scalars(db.select(Arrival.settled_at)).all() == [NOON]  # it waits for nothing of the other file


@pytest.fixture
def bound_by_rights():
    """Root too: without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH in this thread (capset(2))."""
    libc, who, before = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(who, before) == 0
    assert libc.capset(who, (ctypes.c_uint32 * 6)(before[0] & ~0b110, *before[1:])) == 0
    yield
    assert libc.capset(who, before) == 0


def test_a_file_without_rights_is_told_and_keeps_nothing_from_its_end(inbox, bound_by_rights):
    (inbox / "a.xlsx").write_bytes(export(*rows(3)))
    (inbox / "a.xlsx").chmod(0)
    (inbox / "b.xlsx").write_bytes(export(*rows(4)))
    rounds()
    assert (names(inbox), names(inbox, "loaded")) == (["a.xlsx"], ["b.xlsx"])
    (trouble,) = mailing.troubles()
    assert "не читается" in trouble.reason
    assert db.session.scalars(db.select(Arrival.settled_at)).all() == [NOON]
    (inbox / "a.xlsx").chmod(0o600)
    rounds()
    assert (names(inbox), mailing.troubles()) == ([], [])


def test_what_was_put_away_goes_after_its_term(inbox, office):
    (inbox / "a.xlsx").write_bytes(export(*rows(2)))
    (inbox / "b.xlsx").write_bytes(b"nothing")
    rounds()
    later = SystemClock().now() + timedelta(days=91)
    assert lanes.purge_folder(later, Pace()) == 0  # nobody has agreed to the first purge
    db.session.add(PurgeRun(began_at=NOON, ended_at=NOON, ordered_by_id=office.ids["anna"], terms={}, counts={}))
    db.session.commit()
    assert lanes.purge_folder(later - timedelta(days=2), Pace()) == 0
    assert lanes.purge_folder(later, Pace()) == 3
    assert (names(inbox, "loaded"), names(inbox, "refused")) == ([], [])
