"""Acts of the log: each reminds the right people, once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from osm.answers.acts import publication
from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts.act import record_breaches
from osm.log.acts.record import record
from osm.log.queries.groups import action_words
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder
from osm.models import Event, Message, Reminder, ReminderMark
from osm.people.acts.absences import Given, enter_absence
from osm.regulation.reminding import KIND_OF, RULES, Kind
from osm.regulation.words import Action, Status
from osm.reminders.acts import due
from osm.reminders.acts.due import read_log
from osm.talk import acts
from osm.urgent.acts import instructions
from osm.urgent.queries.instructions import instructions_waiting
from tests.desk import NOW
from tests.groups.grouping import complaints, grouped, submit
from tests.office import at
from tests.parts.sharing import send
from tests.statements import counted

from .conftest import select_kinds


def test_every_kind_has_its_row():
    assert set(RULES) == set(Kind)


@pytest.mark.parametrize("act", KIND_OF)
def test_every_act_of_the_table_is_one_of_the_log(act):
    assert act in set(Action) or action_words(act, "") != act


ONES_LOG = {
    Status.NEW: ([], []),
    Status.IN_WORK: (["assigned"], []),
    Status.ON_APPROVAL: (["assigned"], ["submitted"]),
    Status.REWORK: (["assigned", "returned"], ["submitted"]),
    Status.APPROVED: (["assigned", "approved"], ["submitted"]),
    Status.AWAITING_FINAL: (["assigned", "approved"], ["submitted"]),
    Status.DISMISSED: ([], []),
}


@pytest.mark.parametrize("status", ONES_LOG)
def test_a_message_on_its_way_reminds(desk, reminded, status):
    desk.in_status(status)
    assert (reminded("boris"), reminded("anna")) == ONES_LOG[status]
    assert reminded("efim") == reminded("dina") == reminded("vera") == []


def test_read_again_nothing_repeats(desk, reminded):
    desk.in_status(Status.APPROVED)
    before = reminded("boris")
    with transaction() as session:
        session.get_one(ReminderMark, 1).event_id = 0
    assert read_log(NOW) == 0
    assert reminded("boris") == before


def test_what_happened_before_causes_no_reminder(desk, reminded, from_here):
    desk.in_status(Status.ON_APPROVAL)
    from_here()
    assert reminded("boris") == reminded("anna") == []


def test_an_act_does_not_remind_its_author(desk, reminded, from_here):
    message = desk.in_status(Status.IN_WORK)
    from_here()
    desk.submitted(message, "25.11 10:30")  # by Boris
    assert (reminded("boris"), reminded("anna")) == ([], ["submitted"])


def test_a_message_that_goes_to_another_is_news_to_that_one(desk, reminded):
    message = desk.in_status(Status.IN_WORK)
    reminded("boris")
    routing.reroute_message(
        message.id, message.version, executor_id=desk.ids["lidia"], task="", actor=desk.anna, now=NOW
    )
    assert (reminded("boris"), reminded("lidia")) == (["assigned"], ["assigned"])


def test_a_breach_reminds_the_responsible_person_and_the_curator(desk, reminded, from_here):
    desk.in_status(Status.IN_WORK)
    from_here()
    record_breaches(at("25.11 15:30"))
    assert (reminded("boris"), reminded("anna")) == (["breach"], ["breach"])
    assert reminded("gleb") == []


def test_hurried(desk, reminded, from_here):
    message = desk.in_status(Status.IN_WORK)
    from_here()
    acts.hurry(message.id, actor=desk.anna, now=NOW)
    assert (reminded("boris"), reminded("anna")) == (["hurried"], [])


def test_the_author_answers(desk, reminded, from_here):
    message = desk.in_status(Status.AWAITING_AUTHOR)
    from_here()
    publication.author_answered(message.id, message.version, text="Дом 12", url="", actor=desk.anna, now=NOW)
    assert reminded("boris") == ["again"]


def test_of_several_each_is_asked_when_his_turn_comes(desk, reminded):
    """П.14: it is Roman's turn after Boris has sent his part."""
    message = desk.incident("25.11 10:05")
    orders = [PartOrder(desk.ids["boris"], 1, "Что сделано"), PartOrder(desk.ids["roman"], 2, "Когда дорога")]
    routing.route_to_several(message.id, message.version, orders=orders, actor=desk.anna, now=at("25.11 10:10"))
    assert (reminded("boris"), reminded("roman")) == (["assigned"], [])
    send(desk, desk.again(message), "boris", "25.11 10:30")
    assert reminded("roman") == ["assigned"]


def test_the_substitute_is_reminded_too(desk, reminded, from_here):
    """For an executor, people who may open the card; for a curator, people who have the rights (П.3)."""
    message = desk.in_status(Status.ON_APPROVAL)
    from_here()
    for person, substitute in (("boris", "lidia"), ("anna", "vera")):
        given = Given("leave", date(2026, 11, 25), date(2026, 11, 27), desk.ids[substitute])
        enter_absence(desk.ids[person], given, actor=desk.anna, now=NOW)
    with transaction():
        record(Action.RETURN_DRAFT, at=NOW, actor=None, message=db.session.get_one(Message, message.id))
        record(Action.SUBMIT_DRAFT, at=NOW, actor=None, message=db.session.get_one(Message, message.id))
    assert reminded("boris") == reminded("lidia") == ["returned"]
    assert reminded("anna") == reminded("vera") == ["submitted"]


def test_the_substitute_is_told_of_an_instruction_that_waits_for_him(desk, reminded):
    given = Given("leave", date(2026, 11, 25), date(2026, 11, 27), desk.ids["lidia"])
    enter_absence(desk.ids["boris"], given, actor=desk.anna, now=NOW)
    order = instructions.Order("Выехать на место", desk.ids["boris"], NOW + timedelta(hours=2))
    instructions.give(order, actor=desk.gleb, now=NOW)
    assert len(instructions_waiting(desk.lidia, [desk.ids["boris"]], NOW)) == 1
    assert reminded("boris") == reminded("lidia") == ["instruction"]


def test_a_recalled_message_causes_no_reminder(desk, reminded, from_here):
    message = desk.in_status(Status.IN_WORK)
    with transaction():
        db.session.get_one(Message, message.id).recalled_at = NOW
    assert reminded("boris") == []


def test_a_former_user_gets_no_reminders(desk, reminded):
    desk.in_status(Status.IN_WORK)
    with transaction():
        desk.boris.is_active = False
    assert reminded("boris") == []


def test_a_fault_of_the_log_reaches_the_administrator(desk, reminded):
    with transaction():
        record("log_verified", at=NOW, actor=None, object_kind="log", changes={"found": (None, [])})
    assert reminded("dina") == []
    with transaction():
        record("log_fault", at=NOW, actor=None, object_kind="log", changes={"found": (None, ["печать исчезла"])})
    assert reminded("dina") == ["log_fault"]
    assert reminded("anna") == []


def test_of_a_common_answer_one_reminder(desk, reminded, from_here):
    messages = complaints(desk, 2, "25.11 10:05")
    group = grouped(desk, messages, "25.11 10:10")
    from_here()
    submit(desk, group, messages, "25.11 10:40")
    assert reminded("anna") == ["submitted"]


def test_what_happens_at_night_is_shown_in_the_morning(desk, reminded):
    message = desk.incident("25.11 10:05")
    routing.route_message(
        message.id, message.version, executor_id=desk.ids["boris"], task="", actor=desk.anna, now=at("25.11 21:00")
    )
    reminded("boris", at("25.11 21:00"))
    shown = db.session.scalar(db.select(Reminder.shown_from).where(Reminder.recipient_id == desk.ids["boris"]))
    assert shown == at("26.11 09:00")


def test_many_events_are_read_in_batches(desk, reminded, monkeypatch):
    monkeypatch.setattr(due, "BATCH", 2)
    for _ in range(5):
        desk.in_status(Status.IN_WORK)
    assert reminded("boris") == ["assigned"] * 5


def test_events_that_bring_nothing_are_passed_over(desk, reminded, monkeypatch):
    monkeypatch.setattr(due, "_SKIPPED", 3)
    with transaction():
        for _ in range(5):
            record("log_in", at=NOW, actor=desk.boris)
    assert reminded("boris") == []
    db.session.rollback()
    last = db.session.scalar(db.select(db.func.max(Event.id)))
    assert db.session.get_one(ReminderMark, 1).event_id == last
    assert select_kinds(desk.ids["boris"]) == []
    assert read_log(NOW + timedelta(seconds=1)) == 0


def test_terms_that_are_missed_together_are_read_together(app, desk, from_here):
    """An import of old messages brings thousands: each once cost two statements."""
    asked = []
    for count in (2, 12):
        for _ in range(count):
            desk.in_status(Status.NEW)
        from_here()
        record_breaches(at("01.12 15:30"))
        with counted(app) as statements:
            assert read_log(at("01.12 15:31")) >= count
        asked.append(len(statements))
    assert asked[0] == asked[1]
