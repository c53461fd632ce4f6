"""Missed terms: noted once, at the instant of the miss, on first sight; unknown terms are computed once they can be."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.calendar.queries import load_facts
from osm.flow.acts import act
from osm.flow.acts.clocks import InForce, in_force
from osm.flow.acts.terms import PACKAGED
from osm.log.queries.history import message_history
from osm.log.queries.objects import in_full
from osm.messages.acts import closing, entry, executors, routing
from osm.models import Deadline, Event, Message, Origin
from osm.regulation.words import ClockKind, DeadlineState
from osm.regulation.working_time.production_calendar import DEFAULT_SCHEDULE, YearFacts
from osm.regulation.working_time.worktime import build_calendar
from tests.office import VLADIVOSTOK, at, breached, events, last_deadline


def logged(message: Message) -> list[tuple[str, datetime]]:
    """What the log says about missed terms: which clock, and its instant."""
    return [
        (event.changes["kind"][1], datetime.fromisoformat(event.changes["breached_at"][1]))
        for event in events(message)
        if event.action == "breach"
    ]


def test_a_passed_term_is_breached_at_its_instant_with_one_system_event(office):
    message = office.incident("17.03 09:00")
    assert act.record_breaches(at("17.03 15:30")) == 1
    assert last_deadline(message, ClockKind.ROUTE).breached_at == at("17.03 10:00")
    event = events(message)[-1]
    assert (event.action, event.actor_id, event.at, event.clause) == ("breach", None, at("17.03 15:30"), "П.7")
    assert (event.object_kind, event.object_id) == ("deadline", last_deadline(message, ClockKind.ROUTE).id)
    assert logged(message) == [("route", at("17.03 10:00"))]


@pytest.mark.parametrize(("minute", "missed"), [("17.03 09:59", 0), ("17.03 10:00", 0), ("17.03 10:01", 1)])
def test_the_instant_of_the_term_itself_is_in_time(office, minute, missed):
    office.incident("17.03 09:00")
    assert act.record_breaches(at(minute)) == missed


def test_the_history_of_the_message_says_so_in_words(office):
    message = office.incident("17.03 09:00")
    act.record_breaches(at("17.03 15:30"))
    line = message_history(message.id, in_full(VLADIVOSTOK))[-1]
    assert (line.actor, line.words, line.version) == (
        "Система",
        "срок нарушен — направить исполнителю, до 17.03.2026 10:00",
        None,
    )


def test_a_second_round_finds_nothing_and_the_version_stays(office):
    message = office.incident("17.03 09:00")
    version = message.version
    assert [act.record_breaches(at("17.03 11:00")) for _ in range(3)] == [1, 0, 0]
    assert act.record_breaches(at("18.03 11:00")) == 0
    assert message.version == version
    # A person with the page open since before can still act.
    routing.route_message(
        message.id, version, executor_id=office.boris.id, task="", actor=office.anna, now=at("17.03 11:30")
    )
    assert logged(message) == [("route", at("17.03 10:00"))]


def test_a_breach_stays_although_the_work_is_done_later(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    act.record_breaches(at("17.03 18:00"))
    assert breached(message) == {ClockKind.ANSWER, ClockKind.DRAFT}
    office.submitted(message, "18.03 09:10")
    office.approved(message, "18.03 09:20")
    office.published(message, "18.03 09:30")
    assert last_deadline(message, ClockKind.ANSWER).state is DeadlineState.MET
    assert last_deadline(message, ClockKind.ANSWER).breached_at == at("17.03 17:18")
    assert logged(message) == [("draft", at("17.03 14:18")), ("answer", at("17.03 17:18"))]


def test_late_work_logs_the_breach_and_the_next_round_adds_nothing(office):
    message = office.routed("17.03 09:00", "17.03 10:30")
    assert logged(message) == [("route", at("17.03 10:00"))]
    assert [event.action for event in events(message)] == ["enter", "breach", "route"]
    assert act.record_breaches(at("17.03 10:31")) == 0
    assert logged(message) == [("route", at("17.03 10:00"))]


def test_closing_and_restoring_keeps_one_breach(office):
    message = office.incident("17.03 09:00")
    act.record_breaches(at("17.03 10:30"))
    closing.dismiss_message(message.id, message.version, reason="Не наше", actor=office.anna, now=at("17.03 11:00"))
    closing.restore_message(message.id, message.version, reason="Наше", actor=office.anna, now=at("17.03 12:00"))
    act.record_breaches(at("19.03 12:00"))
    assert logged(message) == [("route", at("17.03 10:00"))]


def test_what_is_blameless_is_no_breach(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    executors.raise_importance(
        message.id,
        message.version,
        detected_at=at("17.03 09:40"),
        reason="",
        actor=office.anna,
        now=at("17.03 14:00"),
    )
    assert act.record_breaches(at("19.03 14:00")) == 0
    assert breached(message) == set()


def test_the_old_breach_stays_on_the_replaced_clock_when_the_importance_rises(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    act.record_breaches(at("17.03 14:30"))
    executors.raise_importance(
        message.id, message.version, detected_at=None, reason="", actor=office.anna, now=at("17.03 15:00")
    )
    act.record_breaches(at("17.03 15:01"))
    assert logged(message) == [("draft", at("17.03 14:18"))]


def test_a_returned_draft_breaches_its_rework_too(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    draft = office.submitted(message, "17.03 10:00")
    approval.return_draft(
        message.id,
        message.version,
        draft_id=draft.id,
        remarks="Назовите срок",
        actor=office.anna,
        now=at("17.03 10:20"),
    )
    act.record_breaches(at("17.03 12:00"))
    assert logged(message) == [("rework", at("17.03 11:20"))]


def test_more_than_one_batch_is_done_in_one_round(office):
    for _ in range(2 * act.BATCH + 5):
        office.incident("17.03 09:00")
    assert act.record_breaches(at("17.03 11:00")) == 2 * act.BATCH + 5
    assert db.session.query(Deadline).filter(Deadline.breached_at == at("17.03 10:00")).count() == 2 * act.BATCH + 5
    assert db.session.query(Event).filter_by(action="breach").count() == 2 * act.BATCH + 5


# --- Several at once


def in_threads(app: Flask, *works) -> None:
    errors: list[BaseException] = []

    def run(work) -> None:
        try:
            with app.app_context():
                work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    db.session.rollback()  # what the threads wrote is not in the snapshot from before


def test_four_rounds_at_the_same_time_double_nothing(app, office):
    ids = [office.incident("17.03 09:00").id for _ in range(300)]
    counts: list[int] = []
    in_threads(app, *[lambda: counts.append(act.record_breaches(at("17.03 11:00")))] * 4)
    assert sum(counts) == 300
    found = db.session.execute(db.select(Event.message_id).where(Event.action == "breach")).scalars().all()
    assert sorted(found) == ids


def test_people_who_act_late_while_the_worker_works_double_nothing(app, office):
    """Whichever comes first, each missed hour of П.7 is logged once."""
    messages = [(office.incident("17.03 09:00").id, 1) for _ in range(60)]
    anna, boris = office.ids["anna"], office.ids["boris"]

    def people(part: int) -> None:
        for message_id, version in messages[part::3]:
            actor = db.session.get_one(type(office.anna), anna)
            routing.route_message(message_id, version, executor_id=boris, task="", actor=actor, now=at("17.03 10:30"))

    def worker() -> None:
        for _ in range(15):
            act.record_breaches(at("17.03 10:30"))

    in_threads(app, *[lambda part=part: people(part) for part in range(3)], worker, worker)
    found = db.session.execute(
        db.select(Event.message_id).where(Event.action == "breach", Event.clause == "П.7")
    ).scalars()
    assert sorted(found) == [message_id for message_id, _ in messages]
    assert all(
        deadline.breached_at == at("17.03 10:00") for deadline in db.session.query(Deadline).filter_by(kind="route")
    )


def test_a_message_being_acted_upon_is_left_for_the_next_round(app, office, backend):
    message_id, other = office.incident("17.03 09:00").id, office.incident("17.03 09:00").id
    counts: list[int] = []
    work = lambda: counts.append(act.record_breaches(at("17.03 11:00")))  # noqa: E731
    if backend == "sqlite":
        # One writer at a time: the round waits for the act and then sees its result.
        in_threads(app, work)
        assert counts == [2]
        return
    with transaction() as session:
        session.execute(db.select(Message.id).where(Message.id == message_id).with_for_update())
        in_threads(app, work)
    assert counts == [1]
    assert breached(db.session.get_one(Message, other)) == {ClockKind.ROUTE}
    assert act.record_breaches(at("17.03 11:00")) == 1


# --- Terms beyond the known years

RECEIVED = datetime(2031, 1, 13, 9, tzinfo=VLADIVOSTOK)
"""A Monday of a year for which no calendar is packaged."""


def learn(*years: int) -> None:
    """Put a calendar in force that knows these years too."""
    more = [YearFacts(year, frozenset({date(year, 1, 1)}), (), (), "постановление") for year in years]
    calendar = build_calendar([*load_facts(), *more], [DEFAULT_SCHEDULE], VLADIVOSTOK)
    PACKAGED.set(InForce(in_force().parameters, calendar))


@pytest.fixture
def far(app, office, monkeypatch) -> Message:
    """A message received beyond the known years."""
    monkeypatch.setitem(app.extensions["osm"].remembers, PACKAGED, in_force())
    with transaction():
        message = Message(
            number="1",
            key="number:1",
            origin=Origin.INCIDENT,
            network="vk",
            text="Яма",
            received_at=RECEIVED,
            stored_at=RECEIVED,
        )
        entry.register(message, now=RECEIVED, actor=None)
    return message


def test_an_unknown_term_is_never_a_breach(far):
    assert last_deadline(far, ClockKind.ROUTE).due_at is None
    assert act.recompute_outdated(RECEIVED + timedelta(days=9)) == 0
    assert act.record_breaches(RECEIVED + timedelta(days=9)) == 0


def test_a_calendar_for_that_year_gives_the_term_and_is_logged(far):
    learn(2031)
    assert act.recompute_outdated(RECEIVED + timedelta(minutes=5)) == 1
    deadline = last_deadline(far, ClockKind.ROUTE)
    assert deadline.due_at == RECEIVED + timedelta(hours=1)
    assert deadline.calendar_version == in_force().calendar.version
    assert "10:00" in deadline.explanation
    event = events(far)[-1]
    assert (event.action, event.actor_id, event.object_id) == ("term_known", None, deadline.id)
    old, new = event.changes["route_due"]
    assert (old, datetime.fromisoformat(new)) == (None, deadline.due_at)
    assert far.version == 1
    assert act.recompute_outdated(RECEIVED + timedelta(minutes=6)) == 0
    assert act.record_breaches(RECEIVED + timedelta(hours=2)) == 1


def test_a_term_computed_into_the_past_is_blameless(far):
    learn(2031)
    act.recompute_outdated(RECEIVED + timedelta(days=2))
    assert last_deadline(far, ClockKind.ROUTE).blameless
    assert act.record_breaches(RECEIVED + timedelta(days=2)) == 0


def test_a_calendar_that_still_does_not_reach_is_tried_once(far):
    facts = load_facts()[-1]
    calendar = build_calendar(
        [*load_facts()[:-1], replace(facts, decree="постановление")], [DEFAULT_SCHEDULE], VLADIVOSTOK
    )
    PACKAGED.set(InForce(in_force().parameters, calendar))
    assert [act.recompute_outdated(RECEIVED) for _ in range(2)] == [1, 0]
    assert last_deadline(far, ClockKind.ROUTE).due_at is None
    assert [event.action for event in events(far)] == ["enter"]
