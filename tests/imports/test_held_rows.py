"""A row with the number of another message, by another author under another link: a person decides what it is."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from osm.base.database import db
from osm.imports.acts import held as acts_held
from osm.imports.acts import recall
from osm.imports.acts.held import RowSettled
from osm.imports.acts.recall import AlreadyWorkedOn, WorkedOn, recall_run
from osm.imports.queries.editions import editions_of, editions_waiting, held_waiting
from osm.messages.acts import routing
from osm.models import Author, HeldOutcome, HeldRow, Message, MessageEdition, User
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Status
from tests.connectors.files import incident

from .desk import NOON, actions, at, export, load, message, messages, running, start, upload, work

LATER = at("02.11 14:00")
OTHER = {
    "Ссылка": "https://vk.com/wall-77_900?reply=3",
    "Автор": "Пётр Ильин",
    "Текст": "На Калининской прорвало трубу.",
    "Дата публикации": "02.11.2026 13:05",
    "Дата поступления": "02.11.2026 13:10",
}
REASON = "Под номером 501 уже есть другое сообщение: автор и ссылка другие. Решите, что это."


def other(**changes):
    return incident(501, **(OTHER | changes))


@pytest.fixture
def held(office):
    load(export(incident(501)))
    done = load(export(other(), incident(502)), now=LATER)
    assert done.counts == {"created": 1, "held": 1}
    assert done.reasons == {2: REASON}
    return done


def row() -> HeldRow:
    db.session.rollback()
    return db.session.scalars(db.select(HeldRow)).one()


def test_the_row_is_not_applied_and_waits_for_the_curator(office, held):
    assert (message(501).author.name, message(501).version, message(501).source_status) == ("Лидия Пробная", 1, "Новый")
    assert db.session.query(MessageEdition).count() == 0
    (waits,) = held_waiting(office.anna.roles)
    assert (waits.message.number, waits.row_no, waits.received_at) == ("501", 2, at("02.11 13:10"))
    assert waits.due_at == at("02.11 14:48")
    assert list(held_waiting(office.boris.roles)) == list(held_waiting(office.vera.roles)) == []
    assert actions(message(501))[-1] == "held_row"


#: What differs → the result for the row.
SAME = {
    "link alone": ({"Автор": "Лидия Пробная"}, "updated"),
    "author alone": ({"Ссылка": "https://vk.com/wall-77_501?reply=9"}, "updated"),
    "link as on a phone": ({"Ссылка": "https://m.vk.com/wall-77_501?reply=9"}, "updated"),
    "no author": ({"Автор": ""}, "updated"),
    "no link": ({"Ссылка": ""}, "updated"),
    "both": ({}, "held"),
}


@pytest.mark.parametrize("name", SAME)
def test_only_where_both_differ_it_is_another_message(office, name):
    changes, outcome = SAME[name]
    load(export(incident(501)))
    assert load(export(other(**changes)), now=LATER).counts == {outcome: 1}


def test_it_waits_once_however_often_it_comes(office, held):
    assert load(export(other(Статус="В работе")), now=LATER + timedelta(hours=1)).counts == {"held": 1}
    assert row().payload["status"] == "В работе"
    assert row().held_at == LATER


def test_a_new_one_has_our_number_and_the_clock_of_receipt(office, held):
    new = recall.enter_as_new(row().id, actor=office.anna, now=LATER)
    assert (new.number, new.author.name, new.status) == ("501-2", "Пётр Ильин", Status.NEW)
    assert running(new) == {"route": "02.11 14:48"}
    assert held.counts == {"created": 2}
    assert (row().outcome, row().payload) == (HeldOutcome.NEW, {})
    assert held_waiting(office.anna.roles) == []
    again = load(export(other(Статус="В работе"), incident(501, Статус="Закрыт")), now=LATER)
    assert again.counts["updated"] >= 1
    assert {one.number: one.source_status for one in messages()}["501-2"] == "В работе"


def test_both_messages_are_known_again_in_separate_files(office, held):
    recall.enter_as_new(row().id, actor=office.anna, now=LATER)
    assert load(export(incident(501)), now=LATER).counts == {"unchanged": 1}
    assert load(export(other()), now=LATER).counts == {"unchanged": 1}


def test_it_replaces_a_message_without_work_on_it(office, held):
    old = message(501).text
    done = recall.replace(row().id, message(501).version, actor=office.anna, now=LATER)
    assert (done.number, done.author.name, done.text) == ("501", "Пётр Ильин", OTHER["Текст"])
    assert running(message(501)) == {"route": "02.11 14:48"}
    (edition,) = editions_of(message(501).id)
    assert edition.told["text"] == [old, OTHER["Текст"]]
    assert edition.told["author"] == ["Лидия Пробная", "Пётр Ильин"]
    assert editions_waiting(office.anna.id, office.anna.roles) == []
    assert held.counts == {"created": 1, "updated": 1}
    assert load(export(other()), now=LATER).counts == {"unchanged": 1}


def test_it_takes_no_place_where_somebody_has_worked_and_all_stays(office, held):
    stored = message(501)
    seen = stored.version
    routing.route_message(stored.id, stored.version, executor_id=office.boris.id, task="", actor=office.anna, now=LATER)
    with pytest.raises(StaleVersion):
        recall.replace(row().id, seen, actor=office.anna, now=LATER)
    with pytest.raises(AlreadyWorkedOn):
        recall.replace(row().id, message(501).version, actor=office.anna, now=LATER)
    assert (row().settled_at, message(501).author.name) == (None, "Лидия Пробная")


def test_what_was_declined_is_not_asked_about_again(office, held):
    acts_held.decline(row().id, actor=office.anna, now=LATER)
    assert (row().outcome, held.counts) == (HeldOutcome.DECLINED, {"created": 1, "unchanged": 1})
    again = load(export(other(Статус="В работе")), now=LATER)
    assert again.counts == {"unchanged": 1}
    assert again.warnings == {2: "Под этим номером другое сообщение: его решено не загружать."}
    assert load(export(other()), dry_run=True).counts == {"unchanged": 1}
    assert len(messages()) == 2


def test_a_second_decision_reads_who_was_quicker(office, held):
    acts_held.decline(row().id, actor=office.anna, now=LATER)
    for decide in (acts_held.decline, recall.enter_as_new):
        with pytest.raises(RowSettled, match="Anna"):
            decide(row().id, actor=office.vera, now=LATER)


def test_two_decisions_at_one_moment_are_one(app, office, held):
    """Real threads."""
    number, anna = row().id, office.ids["anna"]
    db.session.rollback()
    gate, outcome = threading.Barrier(2), []

    def decide() -> None:
        with app.app_context():
            gate.wait(60)
            try:
                recall.enter_as_new(number, actor=db.session.get_one(User, anna), now=LATER)
                outcome.append("done")
            except RowSettled:
                outcome.append("told")

    threads = [threading.Thread(target=decide) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcome) == ["done", "told"]
    assert db.session.query(Message).count() == 3


def test_the_check_reports_it_and_holds_nothing(office):
    load(export(incident(501)))
    checked = load(export(other()), now=LATER, dry_run=True)
    assert checked.counts == {"held": 1}
    assert checked.run.forecast["held"] == [{"row": 2, "reason": REASON}]
    assert db.session.query(HeldRow).count() == 0


@pytest.mark.parametrize("dry_run", [True, False])
def test_two_messages_with_one_number_in_one_file(office, dry_run):
    done = load(export(incident(501), other(), incident(501, Текст="Тот же автор, та же ссылка.")), dry_run=dry_run)
    assert done.counts == {"created": 1, "held": 1, "duplicate": 1}
    assert db.session.query(HeldRow).count() == (not dry_run)


@pytest.mark.usefixtures("small_steps")
def test_two_messages_with_one_number_in_two_slices(office):
    assert load(export(incident(501), other())).counts == {"created": 1, "held": 1}
    assert row().message_id == message(501).id


def test_a_load_with_a_waiting_row_is_recalled_and_it_disappears(office):
    load(export(incident(501)))
    done = load(export(other()), now=LATER)
    recall_run(done.run_id, actor=office.anna, now=LATER)
    assert held_waiting(office.anna.roles) == []
    assert load(export(other()), now=LATER).counts == {"held": 1}


def test_a_waiting_row_keeps_the_load_of_its_message_from_recall(office):
    first = load(export(incident(501)))
    load(export(other()), now=LATER)
    with pytest.raises(WorkedOn):
        recall_run(first.run_id, actor=office.anna, now=LATER)


def test_one_file_loaded_by_two_people_holds_it_once(app, office):
    """Two runs of the same rows at one moment, in two threads."""
    load(export(incident(501)))
    runs = [upload(export(other(), incident(601), incident(502)), now=LATER) for _ in range(2)]
    for number in runs:
        start(number, now=LATER, owner=f"worker:{number}")
    db.session.rollback()
    gate, errors = threading.Barrier(2), []

    def carry(number: int) -> None:
        from osm.imports.acts import work as import_work

        with app.app_context():
            gate.wait(60)
            try:
                import_work.carry_out(number, f"worker:{number}", lambda: LATER)
            except Exception as error:
                errors.append(repr(error))

    threads = [threading.Thread(target=carry, args=(number,)) for number in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    work(now=LATER + timedelta(minutes=5))
    assert errors == []
    assert db.session.query(HeldRow).count() == 1
    assert sorted(one.number for one in messages()) == ["501", "502", "601"]
    assert db.session.query(Author).count() >= 2
    assert NOON < LATER


def test_of_two_rows_under_one_number_each_can_take_its_place(office):
    load(export(incident(501)))
    third = {"Ссылка": "https://vk.com/wall-77_901?reply=4", "Автор": "Зоя Лунина"}
    assert load(export(other(), other(**third)), now=LATER).counts == {"held": 2}
    rows = db.session.scalars(db.select(HeldRow).order_by(HeldRow.row_no)).all()
    assert recall.replaceable([one.id for one in rows]) == {one.id for one in rows}
    recall.replace(rows[0].id, message(501).version, actor=office.anna, now=LATER)
    assert message(501).author.name == "Пётр Ильин"
