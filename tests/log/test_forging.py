"""A log forged together with its seals: with database and data folder it can look whole, but leaves a trace."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.log.acts import audit, contents
from osm.log.acts.contents import DATED_BACK
from osm.log.acts.sealing import UNSEALED
from osm.log.queries.page import read_seals
from osm.models import Event
from tests.log.test_tampering import COLUMNS

NO_SEALS = "DELETE FROM event_seal"
LATER = timedelta(hours=1)


def verified(app, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["osm", "audit-verify", *arguments])
    return done.exit_code, done.stdout + done.stderr


def words(log) -> set[str]:
    return {fault.words for fault in log.report().faults}


def restarted(log, after: timedelta = timedelta()) -> None:
    """Another process of the worker, which does not have the memory of the first."""
    contents.forget()
    log.now += after


# --- Seals that were removed


def test_events_without_seals_are_no_whole_log(app, sealed, outside, clock):
    sealed.tamper(NO_SEALS, "UPDATE event SET action = 'x' WHERE id = 7")
    outside.path.unlink()
    sealed.now += LATER
    clock.set(sealed.now)
    assert sealed.faults() == [(1, 45, UNSEALED)]
    status, said = verified(app)
    assert status == 1
    assert said.startswith("Журнал проверен не весь: у части записей нет печати.")


def test_a_worker_that_knows_a_missing_last_seal_keeps_reporting_it(app, sealed, outside, caplog):
    sealed.tamper(NO_SEALS, "UPDATE event SET action = 'x' WHERE id = 7")
    outside.path.unlink()
    for _ in range(3):
        sealed.seal()
    gone = "фоновый процесс заметил: печать № 5, которую он поставил, исчезла из базы или подменена"
    assert sealed.faults() == [(46, 46, gone)]
    assert verified(app)[0] == 1
    assert [record.message for record in caplog.records] == ["log fault"]
    sealed.seal()
    for hour in (1, 2, 3):
        sealed.now += LATER
        sealed.seal()
        said = [record.message for record in caplog.records if record.levelno == logging.ERROR]
        assert said == ["log fault"] + ["log fault stands"] * hour


def test_seals_of_a_log_with_work_did_not_begin_today(cast, log, outside):
    log.add(3)
    log.seal()
    log.tamper(NO_SEALS, f"UPDATE event SET actor_id = {cast['anna']}")
    outside.path.unlink()
    restarted(log, LATER)
    log.seal()
    assert log.faults() == [(4, 4, "фоновый процесс заметил: печатей нет совсем, хотя сотрудники уже работали")]


@pytest.mark.parametrize("left", [0, 1, 3])
def test_a_shorter_file_is_found_and_reported_before_it_is_repaired(sealed, outside, left):
    outside.path.write_text("".join(outside.path.read_text().splitlines(keepends=True)[:left]))
    assert words(sealed) == {f"в файле seals.jsonl не хватает печатей: {4 - left}"}
    restarted(sealed)
    sealed.seal()
    told = f"в файле seals.jsonl последняя печать № {left}" if left else "файла печатей нет"
    assert words(sealed) == {f"фоновый процесс заметил: {told}, в базе № 5: они расходятся"}


def test_a_missing_file_is_found_and_reported_before_a_new_one(sealed, outside):
    outside.path.unlink()
    assert words(sealed) == {"нет файла seals.jsonl: не видно, не отрезан ли конец журнала"}
    restarted(sealed)
    for _ in range(2):
        sealed.seal()
    assert words(sealed) == {"фоновый процесс заметил: файла печатей нет, в базе № 5: они расходятся"}
    assert [line["number"] for line in outside.lines()] == [1, 2, 3, 4, 5, 6]


def test_a_fault_is_said_once_while_the_file_cannot_be_written(sealed, outside):
    outside.path.unlink()
    outside.path.mkdir()
    restarted(sealed)
    for _ in range(3):
        with pytest.raises(OSError):
            sealed.seal()
    outside.path.rmdir()
    for _ in range(3):
        sealed.seal()
    assert len(db.session.scalars(select(Event).where(Event.action == "log_fault")).unique().all()) == 1


# --- Events that were added


def test_a_backdated_event_is_found_before_and_after_sealing(sealed):
    sealed.now += 2 * LATER
    sealed.add(1)
    sealed.seal()
    sealed.tamper(f"INSERT INTO event ({COLUMNS}) SELECT {COLUMNS} FROM event WHERE id = 7")
    assert sealed.faults() == [(47, 47, UNSEALED), (47, 47, DATED_BACK)]
    restarted(sealed)
    sealed.seal()
    assert sealed.faults() == [(47, 47, DATED_BACK)]


def test_an_event_that_is_put_into_a_quiet_hour_was_sealed_late(sealed):
    sealed.now += LATER
    at = (sealed.now - timedelta(minutes=30)).isoformat(" ")
    values = COLUMNS.replace("at,", f"'{at}',", 1)
    sealed.tamper(f"INSERT INTO event ({COLUMNS}) SELECT {values} FROM event WHERE id = 7")
    sealed.seal()
    (late,) = sealed.report().late
    assert (late.first_id, late.last_id, late.until - late.since) == (46, 46, timedelta(minutes=30))


# --- Lines about restored backups


def lines_of(outside) -> list[str]:
    return outside.path.read_text().splitlines(keepends=True)


@pytest.fixture
def restored(sealed, outside):
    """A backup with two seals was restored, and people worked on: three seals more."""
    sealed.tamper("DELETE FROM event WHERE id > 20", "DELETE FROM event_seal WHERE number > 2")
    audit.note_restored(sealed.now)
    sealed.now += LATER
    sealed.add(25)
    sealed.seal()
    assert sealed.faults() == []
    return sealed


def test_a_line_of_restoring_excuses_one_restore(restored, outside):
    line = next(line for line in lines_of(outside) if "restored_at" in line)
    restored.tamper("DELETE FROM event WHERE id > 20", "DELETE FROM event_seal WHERE number > 2")
    with outside.path.open("a") as file:
        file.write(line)
    assert words(restored) == {
        "отметка о восстановлении в файле seals.jsonl использована второй раз",
        "конец журнала отрезан: печатей не хватает 3, последняя была № 5",
    }


def test_a_line_of_restoring_excuses_nothing_that_came_after_it(restored, outside):
    lines = lines_of(outside)
    moved = next(line for line in lines if "restored_at" in line)
    restored.tamper("DELETE FROM event WHERE id > 20", "DELETE FROM event_seal WHERE number > 2")
    outside.path.write_text("".join([*(line for line in lines if line != moved), moved]))
    assert "отметка о восстановлении в файле seals.jsonl стоит не на своём месте" in words(restored)


@pytest.mark.parametrize("sealed_at", ['"2020-01-01"', '"когда-то"', "7", "null"])
def test_a_foreign_line_in_the_file_breaks_nothing(restored, outside, sealed_at):
    lines = lines_of(outside)
    place = next(number for number, line in enumerate(lines) if "restored_at" in line)
    forged = '{"number": 9, "first_id": 1, "last_id": 2, "mac": "x", "sealed_at": ' + sealed_at + "}\n"
    outside.path.write_text("".join([*lines[:place], forged, *lines[place:]]))
    assert "отметка о восстановлении в файле seals.jsonl стоит не на своём месте" in words(restored)


@pytest.mark.sqlite
@pytest.mark.parametrize("changes", ["[]", "7", '{"found": "x"}', '{"found": [null, 7]}', '{"text_digest": 1}'])
@pytest.mark.parametrize("action", ["log_fault", "log_verified", "submit_draft"])
def test_foreign_details_are_a_changed_row_and_break_nothing(sealed, action, changes):
    sealed.tamper(f"UPDATE event SET action = '{action}', object_kind = 'draft', changes = '{changes}' WHERE id = 15")
    assert sealed.faults() == [(11, 20, "записи или их печать изменены")]
    read_seals()
    contents.forget()
    assert sealed.seal() == 0


# --- What is no fault


def test_a_new_installation_is_whole_however_late_its_worker_starts(log):
    log.add(1)
    log.now += timedelta(days=1)
    log.seal()
    assert log.faults() == []


def test_an_old_installation_sealed_late_at_its_beginning_is_no_fault(cast, log, monkeypatch):
    log.add(3)
    log.tamper(f"UPDATE event SET actor_id = {cast['anna']}")
    log.now += LATER
    monkeypatch.setattr(contents, "look", lambda *_: None)  # the worker before logged nothing
    log.seal()
    assert log.faults() == []
    assert [(late.first_id, late.last_id) for late in log.report().late] == [(1, 3)]


def test_a_worker_off_for_a_week_seals_late_visibly(app, sealed, caplog, clock):
    for _ in range(25):
        sealed.now += timedelta(hours=6)
        sealed.add(1)
    restarted(sealed, timedelta(days=1))
    assert sealed.faults() == [(46, 70, UNSEALED)]
    assert sealed.seal() == 25
    assert [record.message for record in caplog.records] == ["log sealed late"]
    sealed.seal()
    (late,) = sealed.report().late
    assert (sealed.faults(), late.first_id, late.last_id, late.until) == ([], 46, 70, sealed.now)
    clock.set(sealed.now)
    status, said = verified(app)
    assert status == 0
    assert "Записи 46–70: не было запечатано с 25.11.2026 15:05 до 02.12.2026 15:06." in said


def test_a_worker_that_ends_amid_sealing_late_is_no_fault(sealed, monkeypatch):
    for _ in range(25):
        sealed.now += timedelta(hours=6)
        sealed.add(1)
    restarted(sealed, timedelta(days=1))
    with monkeypatch.context() as patch:
        patch.setattr(contents, "remember", lambda seal: 1 / (seal.number - 7))
        with pytest.raises(ZeroDivisionError):
            sealed.seal()
    restarted(sealed, timedelta(minutes=30))
    sealed.seal()
    assert sealed.faults() == []
    assert [(late.first_id, late.last_id) for late in sealed.report().late] == [(46, 65), (66, 70)]


def test_what_a_backup_held_without_a_seal_waits_since_it_was_restored(sealed):
    sealed.add(3)
    sealed.now += timedelta(days=1)
    audit.note_restored(sealed.now)
    assert (sealed.faults(), sealed.report().waiting) == ([], 3)
    sealed.now += LATER
    assert sealed.faults() == [(46, 48, UNSEALED)]
    sealed.seal()
    assert sealed.faults() == []
    assert [(late.first_id, late.last_id) for late in sealed.report().late] == [(46, 48)]
