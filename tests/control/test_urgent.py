"""An urgent report (П.20): sent, read once or telephoned once, with what the head asks for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.errors import NotYours, ServiceError
from osm.models import Event, Instruction, Reached, UrgentReport
from osm.regulation.errors import MissingInput, StaleVersion
from osm.urgent.acts import urgent
from osm.urgent.acts.instructions import Order
from osm.urgent.acts.urgent import HeadKnows, ReportForm, SentAlready
from tests.office import at

NOW = at("25.11 23:50")
REPORT = ReportForm("Прорвало трубу", "Пушкинская, 1", at("25.11 10:05"), 12, "https://vk.com/wall-1_1")
MINUTE = timedelta(minutes=1)


def send(desk, message, told=REPORT, **more):
    return urgent.send(told, message_id=message.id, actor=more.get("actor", desk.vera), now=more.get("now", NOW))


def order(desk, **more):
    return Order("Выехать", desk.ids["anna"], NOW + timedelta(hours=2), **more)


def call(desk, row, version=1, **more):
    given = {
        "called_at": NOW + 14 * MINUTE, "leader_id": desk.ids["maxim"], "words": "Выехать", "order": order(desk),
        "actor": desk.anna, "now": NOW + 20 * MINUTE,
    }  # fmt: skip
    return urgent.note_call(row.id, version, **{**given, **more})


def acts(message):
    names = db.select(Event.action).where(Event.message_id == message.id).order_by(Event.id)
    return [name for name in db.session.scalars(names) if name.startswith(("urgent_", "instruction_"))]


def test_sent_and_read_the_times_are_kept(desk, message):
    row = send(desk, message)
    assert (row.received_at, row.sent_at, row.call_due_at) == (message.received_at, NOW, NOW + 15 * MINUTE)
    row = urgent.read(row.id, 1, actor=desk.maxim, now=NOW + MINUTE)
    assert (row.reached, row.reached_at, row.reached_id) == (Reached.READ, NOW + MINUTE, desk.ids["maxim"])
    assert acts(message) == ["urgent_sent", "urgent_read"]
    assert urgent.remind_to_call(NOW + 60 * MINUTE) == 0


REFUSED = {
    "nothing happened": ("what", {"what": " "}),
    "too long for one screen": ("what", {"what": "я" * 2001}),
    "it begins tomorrow": ("since_at", {"since_at": NOW + MINUTE}),
    "no messages": ("how_many", {"how_many": 0}),
    "no number": ("how_many", {"how_many": None}),
    "a script for a link": ("links", {"links": "javascript:alert(1)"}),
}


@pytest.mark.words
@pytest.mark.parametrize(("field", "changed"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_sent_is_named_by_its_field(desk, message, field, changed):
    told = {"what": "Прорвало", "since_at": None, "how_many": 1, "links": "", **changed}
    with pytest.raises(MissingInput) as refused:
        send(desk, message, ReportForm(**told))
    assert refused.value.field == field
    assert db.session.scalar(db.select(UrgentReport.id)) is None


def test_about_one_message_the_head_is_informed_once_until_he_knows(desk, message):
    first = send(desk, message)
    with pytest.raises(SentAlready, match="Вера Носова"):
        send(desk, message, actor=desk.anna)
    urgent.read(first.id, 1, actor=desk.maxim, now=NOW)
    assert send(desk, message).id != first.id


def test_of_no_single_message_it_can_be_sent_too(desk):
    row = urgent.send(REPORT, message_id=None, actor=desk.anna, now=NOW)
    assert (row.message_id, row.received_at) == (None, None)


def test_who_may_do_what(desk, message):
    for person in (desk.boris, desk.maxim):
        with pytest.raises(NotYours):
            send(desk, message, actor=person)
    row = send(desk, message)
    for person in (desk.anna, desk.boris):
        with pytest.raises(NotYours):
            urgent.read(row.id, 1, actor=person, now=NOW)
    with pytest.raises(NotYours):
        call(desk, row, actor=desk.gleb)


def test_not_read_in_time_the_duty_officer_is_called_once_at_night(desk, message):
    row = send(desk, message)
    assert urgent.remind_to_call(NOW + 15 * MINUTE - timedelta(seconds=1)) == 0
    assert urgent.remind_to_call(NOW + 15 * MINUTE) == 1
    assert urgent.remind_to_call(NOW + 16 * MINUTE) == 0
    assert row.call_told_at == NOW + 15 * MINUTE
    assert acts(message) == ["urgent_sent", "urgent_call_due"]


def test_a_killed_worker_has_called_no_person_and_calls_then(desk, message, monkeypatch):
    send(desk, message)
    with monkeypatch.context() as killed:
        killed.setattr(urgent, "_log", lambda *_: exec("raise KeyboardInterrupt"))
        with pytest.raises(KeyboardInterrupt):
            urgent.remind_to_call(NOW + 15 * MINUTE)
    assert acts(message) == ["urgent_sent"]
    assert [urgent.remind_to_call(NOW + 16 * MINUTE) for _ in range(2)] == [1, 0]
    assert acts(message) == ["urgent_sent", "urgent_call_due"]


def test_made_by_telephone_the_words_become_an_instruction_of_the_head(desk, message):
    row = call(desk, send(desk, message))
    assert (row.reached, row.reached_at, row.words) == (Reached.PHONE, NOW + 14 * MINUTE, "Выехать")
    given = db.session.scalars(db.select(Instruction)).one()
    assert (given.given_by_id, given.entered_by_id, given.to_id) == (
        desk.ids["maxim"], desk.ids["anna"], desk.ids["anna"]
    )  # fmt: skip
    assert (given.urgent_report_id, given.message_id) == (row.id, message.id)
    assert acts(message) == ["urgent_sent", "urgent_phoned", "instruction_noted"]


WRONG_CALLS = {
    "before the report": ("called_at", {"called_at": NOW - MINUTE}),
    "in the future": ("called_at", {"called_at": NOW + 21 * MINUTE}),
    "to nobody": ("leader_id", {"leader_id": None}),
}


@pytest.mark.words
@pytest.mark.parametrize(("field", "given"), WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_a_call_that_cannot_have_been_is_refused_whole(desk, message, field, given):
    row = send(desk, message)
    with pytest.raises(MissingInput) as refused:
        call(desk, row, **given)
    assert refused.value.field == field
    wrong = Order("Выехать", None, None)
    with pytest.raises(MissingInput):
        call(desk, row, order=wrong)
    assert db.session.get_one(UrgentReport, row.id, populate_existing=True).reached is None


def test_an_instruction_reads_it_too_and_a_deputys_does_not(desk, message):
    row = send(desk, message)
    row = urgent.instruct(row.id, 1, order=order(desk), actor=desk.sveta, now=NOW)
    assert row.reached is None
    with pytest.raises(StaleVersion):
        urgent.instruct(row.id, 1, order=order(desk), actor=desk.maxim, now=NOW)
    row = urgent.instruct(row.id, 2, order=order(desk), actor=desk.maxim, now=NOW)
    assert row.reached_id == desk.ids["maxim"]
    assert [one.given_by_id for one in row.instructions] == [desk.ids["sveta"], desk.ids["maxim"]]


def test_the_second_reads_who_was_first(desk, message):
    row = send(desk, message)
    urgent.read(row.id, 1, actor=desk.maxim, now=NOW + 5 * MINUTE)
    with pytest.raises(HeadKnows, match=r"прочитано: Максим Северов, 25\.11 в 23:55"):
        urgent.read(row.id, 1, actor=desk.gleb, now=NOW + 6 * MINUTE)
    with pytest.raises(ServiceError, match="Максим Северов"):
        call(desk, row)
    assert db.session.scalar(db.select(Instruction.id)) is None
