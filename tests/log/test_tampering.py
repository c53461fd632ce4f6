"""Every change to a sealed log outside the program is found, and located within the range of a seal."""

from __future__ import annotations

import json

import pytest
from sqlalchemy.exc import OperationalError

from osm.base.database import db
from osm.log.acts import audit, sealing
from osm.models import Event

COLUMNS = "at, actor_id, action, clause, message_id, object_kind, object_id, changes, note_digest"


def copied(of: int, to: int) -> str:
    """A row that looks like another."""
    return f"INSERT INTO event (id, {COLUMNS}) SELECT {to}, {COLUMNS} FROM event WHERE id = {of}"


#: What an intruder does to 45 events under the seals 1–10, 11–20, 21–30, 31–40, 41–45 → what is found.
TAMPERED = {
    "an instant is changed": (
        ["UPDATE event SET at = (SELECT at FROM event WHERE id = 9) WHERE id = 7"],
        [(1, 10, "записи или их печать изменены")],
    ),
    "an action is changed": (
        ["UPDATE event SET action = 'approve_draft' WHERE id = 15"],
        [(11, 20, "записи или их печать изменены")],
    ),
    "a clause is changed": (
        ["UPDATE event SET clause = 'П.9' WHERE id = 20"],
        [(11, 20, "записи или их печать изменены")],
    ),
    "an object is changed": (
        ["UPDATE event SET object_kind = 'draft', object_id = 4 WHERE id = 21"],
        [(21, 30, "записи или их печать изменены")],
    ),
    "the details are changed": (
        ["""UPDATE event SET changes = '{"status": ["new", "dismissed"]}' WHERE id = 44"""],
        [(41, 45, "записи или их печать изменены")],
    ),
    "two rows change places": (
        [
            "UPDATE event SET id = 100 WHERE id = 3",
            "UPDATE event SET id = 3 WHERE id = 4",
            "UPDATE event SET id = 4 WHERE id = 100",
        ],
        [(1, 10, "записи или их печать изменены")],
    ),
    "the first row is removed": (["DELETE FROM event WHERE id = 1"], [(1, 10, "не хватает записей: 1")]),
    "rows in the middle are removed": (
        ["DELETE FROM event WHERE id IN (12, 13, 30)"],
        [(11, 20, "не хватает записей: 2"), (21, 30, "не хватает записей: 1")],
    ),
    "the last sealed row is removed": (["DELETE FROM event WHERE id = 45"], [(41, 45, "не хватает записей: 1")]),
    "a whole range is removed": (
        ["DELETE FROM event WHERE id BETWEEN 21 AND 30"],
        [(21, 30, "не хватает записей: 10")],
    ),
    "a row is removed and another put in its place": (
        ["DELETE FROM event WHERE id = 17", copied(18, 17)],
        [(11, 20, "записи или их печать изменены")],
    ),
    "a row is inserted before the first": (
        [copied(2, 0)],
        [(0, 0, "лишних записей: 1")],
    ),
    "a row is removed and its seal told so": (
        ["DELETE FROM event WHERE id = 45", "UPDATE event_seal SET last_id = 44, count = 4 WHERE number = 5"],
        [(41, 44, "записи или их печать изменены")],
    ),
    "the time of a seal is changed": (
        ["UPDATE event_seal SET sealed_at = '2020-01-01 00:00:00+00:00' WHERE number = 2"],
        [(11, 20, "записи или их печать изменены")],
    ),
    "a seal is forged": (
        ["UPDATE event SET action = 'x' WHERE id = 33", "UPDATE event_seal SET mac = 'abc' WHERE number = 4"],
        [
            (31, 40, "записи или их печать изменены"),
            (31, 40, "печать не та, что записана вне базы"),
            (41, 45, "записи или их печать изменены"),
        ],
    ),
    "a seal in the middle is removed": (
        ["DELETE FROM event_seal WHERE number = 3"],
        [(21, 30, "печати на этих записях больше нет")],
    ),
    "the end is cut off, seals and all": (
        ["DELETE FROM event WHERE id > 20", "DELETE FROM event_seal WHERE number > 2"],
        [(21, 45, "конец журнала отрезан: печатей не хватает 3, последняя была № 5")],
    ),
    "the last seal alone is removed": (
        ["DELETE FROM event_seal WHERE number = 5"],
        [(41, 45, "конец журнала отрезан: печатей не хватает 1, последняя была № 5")],
    ),
    "everything is removed": (
        ["DELETE FROM event", "DELETE FROM event_seal"],
        [(1, 45, "конец журнала отрезан: печатей не хватает 5, последняя была № 5")],
    ),
    "a note is rewritten": (
        ["UPDATE event_note SET text = 'Так и было' WHERE event_id = 32"],
        [(32, 32, "примечание к записи изменено")],
    ),
    "a note is added": (
        ["INSERT INTO event_note (event_id, text, salt) VALUES (5, 'Так и было', '')"],
        [(5, 5, "лишнее примечание")],
    ),
    "nothing but whitespace of the details": (
        ["""UPDATE event SET changes = ' { "status" :  ["new","selected"]}' WHERE id = 44"""],
        [],
    ),
    "a note is removed": (["DELETE FROM event_note"], [(32, 32, "примечание к записи удалено")]),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_done_is_found_and_where(sealed, name):
    statements, faults = TAMPERED[name]
    sealed.tamper(*statements)
    assert sealed.faults() == faults


@pytest.mark.sqlite
@pytest.mark.parametrize("name", TAMPERED)
def test_the_command_says_so_with_its_status(app, sealed, name):
    statements, faults = TAMPERED[name]
    sealed.tamper(*statements)
    done = app.test_cli_runner().invoke(args=["osm", "audit-verify"])
    assert done.exit_code == (1 if faults else 0), done.output
    assert done.stdout.startswith("Журнал изменён." if faults else "Журнал цел.\nЗапечатано записей: 45 (печатей 5")
    for first, last, words in faults:
        assert (f"Запись {first}: {words}." if first == last else f"Записи {first}–{last}: {words}.") in done.stdout


def test_the_command_logs_what_it_found(app, sealed):
    sealed.tamper("DELETE FROM event WHERE id = 1")
    app.test_cli_runner().invoke(args=["osm", "audit-verify"])
    db.session.rollback()
    event = db.session.scalars(db.select(Event).where(Event.action == "log_verified")).one()
    assert event.changes["faults"] == [None, 1]
    assert event.changes["found"] == [None, ["Записи 1–10: не хватает записей: 1."]]
    sealed.seal()
    assert sealed.faults() == [(1, 10, "не хватает записей: 1")]


def test_a_database_that_can_only_be_read_is_checked_all_the_same(app, sealed, monkeypatch):
    def busy(*_: object) -> None:
        raise OperationalError("", {}, Exception("locked"))

    monkeypatch.setattr("osm.log.acts.sealing.log_check", busy)
    done = app.test_cli_runner().invoke(args=["osm", "audit-verify"])
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "Журнал цел.")
    assert "не записан в журнал" in done.stderr


def test_a_row_inserted_into_a_gap_of_rolled_back_numbers_is_found(log):
    """Numbers of rolled-back transactions on PostgreSQL are no fault; a row with such a number is one."""
    log.add(4)
    log.tamper("UPDATE event SET id = id + 3 WHERE id = 4", "UPDATE event SET id = 5 WHERE id = 3")
    log.seal()
    assert log.faults() == []
    log.tamper(copied(7, 6))
    assert log.faults() == [(1, 7, "лишних записей: 1")]


def test_a_log_continued_after_a_cut_end_stays_detected(sealed):
    sealed.tamper("DELETE FROM event WHERE id > 20", "DELETE FROM event_seal WHERE number > 2")
    for _ in range(2):
        sealed.add(12)
        sealed.seal()
    assert sealed.report().seals == 6
    words = {fault.words for fault in sealed.report().faults}
    assert words == {
        "печать не та, что записана вне базы",
        "фоновый процесс заметил: печать № 5, которую он поставил, исчезла из базы или подменена",
        "фоновый процесс заметил: в файле seals.jsonl последняя печать № 5, в базе № 2: они расходятся",
    }


def test_without_the_file_the_end_cannot_be_judged(sealed, outside):
    outside.path.unlink()
    assert sealed.faults() == [(41, 45, "нет файла seals.jsonl: не видно, не отрезан ли конец журнала")]


def test_another_key_differs_from_a_changed_log(sealed, monkeypatch):
    monkeypatch.setattr("osm.log.acts.audit.current_key", lambda: sealing.seal_key("another"))
    assert sealed.faults() == [(1, 45, "печать сделана другим ключом OSM_ENCRYPTION_KEY, проверить нельзя")]
    assert sealed.report().is_other_key


def test_the_command_calls_nothing_changed_that_it_could_not_judge(app, sealed, monkeypatch):
    """The key was lost with the old server: one line for all of it without an accusation, and a status other than 0."""
    monkeypatch.setattr("osm.log.acts.audit.current_key", lambda: sealing.seal_key("another"))
    done = app.test_cli_runner().invoke(args=["osm", "audit-verify"])
    assert done.exit_code == 1
    verdict, _, *found = done.stdout.splitlines()
    assert verdict.startswith("Журнал проверен не весь: часть записей запечатана другим ключом.")
    assert found == ["Записи 1–45: печать сделана другим ключом OSM_ENCRYPTION_KEY, проверить нельзя."]


def test_a_changed_row_is_reported_next_to_ranges_of_another_key(app, sealed):
    sealed.tamper(
        "UPDATE event_seal SET key_id = 'another' WHERE number IN (1, 2)", "UPDATE event SET action = 'x' WHERE id = 45"
    )
    done = app.test_cli_runner().invoke(args=["osm", "audit-verify"])
    assert (done.exit_code, done.stdout.splitlines()[0]) == (1, "Журнал изменён.")
    assert len(sealed.faults()) == 2


def test_only_a_restored_backup_excuses_a_shorter_log(sealed, outside):
    sealed.tamper("DELETE FROM event WHERE id > 20", "DELETE FROM event_seal WHERE number > 2")
    before = outside.path.read_text()
    audit.note_restored(sealed.now)
    assert (sealed.faults(), sealed.report().restored_at) == ([], [sealed.now])
    sealed.add(15)
    sealed.seal()
    assert sealed.faults() == []

    line = json.loads(outside.path.read_text().splitlines()[len(before.splitlines())])
    outside.path.write_text(before + json.dumps(line | {"restored_at": "2026-11-26T00:00:00+00:00"}) + "\n")
    found = [words for _, _, words in sealed.faults()]
    assert "отметка о восстановлении в файле seals.jsonl сделана не этой программой" in found


def test_a_restored_log_that_is_cut_off_again_is_found_out(sealed):
    audit.note_restored(sealed.now)
    sealed.tamper("DELETE FROM event WHERE id > 40", "DELETE FROM event_seal WHERE number > 4")
    assert sealed.faults() == [(41, 45, "конец журнала отрезан: печатей не хватает 1, последняя была № 5")]
