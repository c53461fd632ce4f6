"""A log that was forged together with its seals: who has database and data folder makes it whole only with a trace."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from osm.extensions import db
from osm.regulation.words import Status
from osm.services.keeping.backup import make_backup
from osm.services.log import sealing, watch
from osm.services.log.audit import verify_log
from osm.services.log.report import UNSEALED
from osm.services.log.times import DATED_BACK
from osm.store.models import Draft, Event, EventSeal
from tests.log.test_tampering import COLUMNS, copied

NO_SEALS = "DELETE FROM event_seal"
LATER = timedelta(hours=1)


def verified(app, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["osm", "audit-verify", *arguments])
    return done.exit_code, done.stdout + done.stderr


def words(log) -> set[str]:
    return {fault.words for fault in log.report().faults}


def restarted(log, after: timedelta = timedelta()) -> None:
    """Another process of the worker, that knows nothing of the one before."""
    watch.forget()
    log.now += after


@pytest.fixture
def sealed(log):
    """45 events under five seals; event 32 has a note."""
    log.add(31)
    log.add(1, note="Не наше")
    log.add(13)
    assert log.seal() == 45
    return log


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


def test_a_worker_that_knows_the_last_seal_says_that_it_is_gone_and_keeps_saying_it(app, sealed, outside, caplog):
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


def test_seals_of_a_log_on_which_people_have_worked_did_not_begin_today(cast, log, outside):
    log.add(3)
    log.seal()
    log.tamper(NO_SEALS, f"UPDATE event SET actor_id = {cast['anna']}")
    outside.path.unlink()
    restarted(log, LATER)
    log.seal()
    assert log.faults() == [(4, 4, "фоновый процесс заметил: печатей нет совсем, хотя сотрудники уже работали")]


@pytest.mark.parametrize("left", [0, 1, 3])
def test_a_shorter_file_is_found_and_the_worker_says_so_before_it_mends_it(sealed, outside, left):
    outside.path.write_text("".join(outside.path.read_text().splitlines(keepends=True)[:left]))
    assert words(sealed) == {f"в файле seals.jsonl не хватает печатей: {4 - left}"}
    restarted(sealed)
    sealed.seal()
    told = f"в файле seals.jsonl последняя печать № {left}" if left else "файла печатей нет"
    assert words(sealed) == {f"фоновый процесс заметил: {told}, в базе № 5: они расходятся"}


def test_a_missing_file_is_found_and_the_worker_says_so_before_it_writes_a_new_one(sealed, outside):
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


def test_an_event_that_is_dated_back_is_found_before_it_is_sealed_and_after(sealed):
    sealed.now += LATER
    sealed.add(1)
    sealed.seal()
    sealed.tamper(copied(7, 47))
    assert sealed.faults() == [(47, 47, UNSEALED), (47, 47, DATED_BACK)]
    restarted(sealed)
    sealed.seal()
    assert sealed.faults() == [(47, 47, DATED_BACK)]


def test_an_event_that_is_put_into_a_quiet_hour_was_sealed_late(sealed):
    sealed.now += LATER
    at = (sealed.now - timedelta(minutes=30)).isoformat(" ")
    values = COLUMNS.replace("at,", f"'{at}',", 1)
    sealed.tamper(f"INSERT INTO event (id, {COLUMNS}) SELECT 46, {values} FROM event WHERE id = 7")
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
    sealing.note_restored(sealed.now)
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


# --- Texts of answers


@pytest.mark.parametrize("status", [Status.ON_APPROVAL, Status.APPROVED, Status.ANSWERED])
def test_a_text_that_was_changed_after_it_was_sent_or_approved_is_found(desk, log, status):
    message = desk.in_status(status)
    draft = message.replies[0].drafts[0]
    told = db.session.scalars(select(Event.id).where(Event.object_kind == "draft").order_by(Event.id)).all()
    assert verify_log(beginning()).faults == []
    for change, said in {
        f"UPDATE draft SET text = 'Яма засыпана' WHERE id = {draft.id}": "изменён",
        f"UPDATE draft SET salt = 'x' WHERE id = {draft.id}": "изменён",
    }.items():
        log.tamper(change)
        faults = verify_log(beginning()).faults
        assert [(fault.first_id, fault.words) for fault in faults] == [
            (number, f"текст ответа, о котором она говорит, потом {said}") for number in told
        ]


@pytest.mark.parametrize("given", ["never approved", "approved before"])
def test_another_version_in_the_place_of_the_approved_one_is_found(desk, log, given):
    message = desk.in_status(Status.APPROVED)
    reply = message.replies[0]
    columns = (
        "reply_id, state, came_from, author_id, submitted_by_id, submitted_at, received_by, remarks, is_correction"
    )
    log.tamper(f"INSERT INTO draft (number, text, {columns}) SELECT 9, 'Яма засыпана', {columns} FROM draft")
    other = db.session.scalars(select(Draft.id).where(Draft.number == 9)).one()
    if given == "approved before":
        log.tamper(
            f"INSERT INTO event (id, {COLUMNS}) SELECT 0, {COLUMNS.replace('object_id', str(other))} FROM event "
            "WHERE action = 'approve_draft'"
        )
    assert "подменена" not in str(verify_log(beginning()).faults)
    log.tamper(f"UPDATE reply SET approved_draft_id = {other} WHERE id = {reply.id}")
    last = db.session.scalars(select(Event.id).order_by(Event.id.desc())).first()
    found = [fault for fault in verify_log(beginning()).faults if fault.first_id > 0]
    assert [(fault.first_id, fault.words) for fault in found] == [
        (last, "у ответа на это сообщение подменена согласованная версия")
    ]


def beginning() -> datetime:
    return db.session.scalars(select(Event.at).order_by(Event.at)).first()


def test_a_text_of_before_this_version_has_no_digest_and_is_no_fault(desk, log):
    desk.in_status(Status.APPROVED)
    log.tamper("UPDATE event SET changes = '{}' WHERE object_kind = 'draft'", "UPDATE draft SET text = 'x', salt = ''")
    assert verify_log(beginning()).faults == []


def test_two_equal_texts_do_not_look_equal(desk):
    first, second = (desk.in_status(Status.APPROVED).replies[0].drafts[0] for _ in range(2))
    assert first.text == second.text
    assert first.digest != second.digest
    assert all(len(draft.salt) == 32 for draft in db.session.scalars(select(Draft)))


# --- What is kept elsewhere


@pytest.fixture
def backup(sealed, tmp_path):
    make_backup(tmp_path / "osm.zip", sealed.now)
    return str(tmp_path / "osm.zip")


def test_a_backup_holds_the_seals_and_the_log_goes_on_from_them(app, sealed, backup):
    sealed.add(12)
    sealed.seal()
    status, said = verified(app, "--against", backup)
    assert (status, said.splitlines()[0]) == (0, "Журнал цел.")
    assert "Сверено с печатями из копии: 5." in said


@pytest.mark.parametrize("cut", [0, 3])
def test_a_log_that_was_sealed_anew_is_found_by_a_backup(app, sealed, outside, backup, cut):
    """Whatever the worker has been made to forget: here not one trace is left but in the backup."""
    sealed.tamper(f"{NO_SEALS} WHERE number > {cut}", "UPDATE event SET action = 'x' WHERE id = 42")
    outside.path.write_text("".join(lines_of(outside)[:cut]))
    restarted(sealed, timedelta(minutes=1))
    sealed.seal()
    assert sealed.faults() == []
    status, said = verified(app, "--against", backup)
    assert status == 1
    assert f"печатей из копии в журнале нет или они другие: {5 - cut}, первая № {cut + 1}." in said


def test_a_backup_that_was_restored_since_is_no_fault(app, sealed, outside, backup):
    sealed.tamper("DELETE FROM event WHERE id > 20", "DELETE FROM event_seal WHERE number > 2")
    sealing.note_restored(sealed.now)
    sealed.add(12)
    sealed.seal()
    assert verified(app, "--against", backup)[0] == 0


def test_seals_go_to_the_journal_of_the_system_and_are_compared_from_there(app, sealed, outside, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    sealed.add(12)
    sealed.seal()
    told = [record for record in caplog.records if record.message == "log sealed"]
    stored = db.session.scalars(select(EventSeal).where(EventSeal.number > 5).order_by(EventSeal.number)).all()
    assert [(record.number, record.mac) for record in told] == [(seal.number, seal.mac) for seal in stored]

    journal = tmp_path / "journal.txt"
    lines = [{"level": "INFO", "event": "log sealed", **sealing.line_of(seal)} for seal in stored]
    journal.write_text("не JSON\n" + "".join(json.dumps(line) + "\n" for line in lines))
    assert verified(app, "--against", str(journal))[0] == 0
    sealed.tamper(f"{NO_SEALS} WHERE number > 6")
    status, said = verified(app, "--against", str(journal))
    assert status == 1
    assert "печатей из копии в журнале нет или они другие: 1, первая № 7." in said


@pytest.mark.parametrize("content", [b"", b"not a backup", b"{}\n"])
def test_a_file_without_seals_is_refused_with_words(app, sealed, tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    status, said = verified(app, "--against", str(path))
    assert status == 1
    assert "Журнал не сверен." in said
    assert "Журнал цел" not in said


# --- What is no fault


def test_a_new_installation_is_whole_however_late_its_worker_starts(log):
    log.add(1)
    log.now += timedelta(days=1)
    log.seal()
    assert log.faults() == []


def test_an_installation_of_before_that_was_sealed_late_at_its_beginning_is_no_fault(cast, log, monkeypatch):
    log.add(3)
    log.tamper(f"UPDATE event SET actor_id = {cast['anna']}")
    log.now += LATER
    monkeypatch.setattr(watch, "look", lambda *_: None)  # the worker of before said nothing
    log.seal()
    assert log.faults() == []
    assert [(late.first_id, late.last_id) for late in log.report().late] == [(1, 3)]


def test_a_worker_that_was_off_for_a_week_seals_late_and_that_stays_visible(app, sealed, caplog, clock):
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
        patch.setattr(watch, "remember", lambda seal: 1 / (seal.number - 7))
        with pytest.raises(ZeroDivisionError):
            sealed.seal()
    restarted(sealed, timedelta(minutes=30))
    sealed.seal()
    assert sealed.faults() == []
    assert [(late.first_id, late.last_id) for late in sealed.report().late] == [(46, 65), (66, 70)]


def test_what_a_backup_held_without_a_seal_waits_since_it_was_restored(sealed):
    sealed.add(3)
    sealed.now += timedelta(days=1)
    sealing.note_restored(sealed.now)
    assert (sealed.faults(), sealed.report().waiting) == ([], 3)
    sealed.now += LATER
    assert sealed.faults() == [(46, 48, UNSEALED)]
    sealed.seal()
    assert sealed.faults() == []
    assert [(late.first_id, late.last_id) for late in sealed.report().late] == [(46, 48)]
