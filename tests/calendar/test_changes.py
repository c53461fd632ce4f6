"""The office's calendar: the preview of a decision, what it moves and what it does not, who is notified."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

import pytest

from osm.base.database import db
from osm.calendar import acts
from osm.calendar.acts import decide, preview
from osm.flow.acts import act as acts_act
from osm.flow.acts.terms import in_force
from osm.messages.acts import closing
from osm.models import CalendarEdition, Event, Message
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import ClockKind, DeadlineState
from osm.regulation.working_time.office_calendar import OwnYear
from osm.regulation.working_time.production_calendar import Layer
from tests.office import VLADIVOSTOK, at, breached, events, last_deadline, running

from .calendar_acts import OPEN, act, done, due, week

# received | decided at | decisions, in their order | terms of answer and draft before → after | why
TABLE = [
    ("17.03 12:30", [], "18.03 11:18", "17.03 17:18", "nothing decided"),
    ("17.03 12:30", [act("18.03")], "19.03 11:18", "17.03 17:18", "the day of the answer is off: the draft stays"),
    ("17.03 12:30", [act("17.03", "09:00-14:00")], "18.03 15:18", "18.03 11:30", "a short day today, by an act"),
    ("17.03 12:30", [act("18.03", "10:00-12:00")], "19.03 09:18", "17.03 17:18", "two hours on the day of the answer"),
    ("17.03 12:30", [act("19.03")], "18.03 11:18", "17.03 17:18", "a day after the term moves nothing"),
    ("20.03 16:30", [act("21.03", "09:00-12:00")], "23.03 12:30", "23.03 09:30", "a Saturday that works"),
    ("17.03 12:30", [act("18.03"), act("18.03", "09:00-18:00", Layer.REGION)], "19.03 11:18", "17.03 17:18",
     "local before region"),
    ("17.03 12:30", [act("18.03", layer=Layer.REGION)], "19.03 11:18", "17.03 17:18", "region before the Code"),
    ("17.03 12:30", [act("18.03–20.03")], "23.03 11:18", "17.03 17:18", "three days and a weekend"),
    ("17.03 12:30", [act("18.03"), acts.withdraw_act(1)], "18.03 11:18", "17.03 17:18", "withdrawn again"),
    ("17.03 12:30", [act("18.03"), act("20.03", number=1)], "18.03 11:18", "17.03 17:18", "changed to another day"),
    ("17.03 12:30", [week("08:00-17:00", "08:00-16:00", "12:00-12:48", "18.03")], "18.03 10:18", "17.03 17:18",
     "another schedule from tomorrow"),
    ("17.03 12:30", [week("08:00-17:00", "08:00-16:00", "12:00-12:48", "23.03")], "18.03 11:18", "17.03 17:18",
     "a schedule that is not in force yet"),
    ("30.04 10:00", [acts.set_presidential(True)], "04.05 09:48", "30.04 14:48",
     "2026 has no days of the President"),
]  # fmt: skip


@pytest.mark.parametrize(("received", "decided", "answer", "draft", "why"), TABLE, ids=[row[-1] for row in TABLE])
def test_a_decision_moves_the_terms_and_the_preview_has_said_so(office, received, decided, answer, draft, why):
    message = office.routed(received, received)
    for decision in decided:
        number, _ = acts.decided_now()
        told = preview(decision, number, at(received))
        before = running(message)
        happened = decide(decision, number, actor=office.anna, now=at(received))
        db.session.refresh(message)
        after = running(message)
        assert {(m.kind.value, local(m.due_at), local(m.new)) for m in told.moves} == {
            (kind, before[kind], after[kind]) for kind in after if before[kind] != after[kind]
        }
        assert (told.moved, happened.has_more) == (happened.moved, False)
    assert (due(message, "answer"), due(message, "draft")) == (answer, draft)
    version = in_force().calendar.version
    assert {d.calendar_version for d in message.deadlines if d.state is OPEN} == {version}
    assert message.version == 2


def local(instant: datetime | None) -> str:
    return f"{instant.astimezone(VLADIVOSTOK):%d.%m %H:%M}" if instant else "-"


def test_the_log_has_old_and_new_values_without_texts(office):
    message = office.routed("17.03 12:30", "17.03 12:30")
    old = last_deadline(message, ClockKind.ANSWER).due_at
    done(office, act("18.03", "10:00-12:00"), "17.03 13:00")
    [decided] = db.session.scalars(db.select(Event).where(Event.object_kind == "calendar"))
    assert (decided.action, decided.actor_id, decided.object_id) == ("calendar_act", office.anna.id, 1)
    assert decided.changes == {"edition": [0, 1], "act-1": [None, "local 2026-03-18 10:00–12:00"]}
    moved = [event for event in events(message) if event.action == "term_moved"]
    deadline = last_deadline(message, ClockKind.ANSWER)
    assert [(event.object_id, event.actor_id) for event in moved] == [(deadline.id, office.anna.id)]
    assert moved[0].changes["kind"] == [None, "answer"]
    assert [datetime.fromisoformat(term) for term in moved[0].changes["answer_due"]] == [old, deadline.due_at]
    assert "распоряжение" not in str([event.changes for event in db.session.scalars(db.select(Event))])


def test_a_met_clock_and_a_recorded_breach_stay(office):
    message = office.routed("17.03 12:30", "17.03 12:40")
    before = [(d.id, d.due_at) for d in message.deadlines if d.kind is ClockKind.ROUTE]
    assert acts_act.record_breaches(at("18.03 12:00")) == 2
    told = preview(act("18.03"), 0, at("18.03 12:00"))
    assert (told.breached, told.into_past) == (1, 0)
    done(office, act("18.03"), "18.03 12:00")
    assert [(d.id, d.due_at) for d in message.deadlines if d.kind is ClockKind.ROUTE] == before
    assert breached(message) == {ClockKind.ANSWER, ClockKind.DRAFT}
    rows = [d for d in message.deadlines if d.kind is ClockKind.ANSWER]
    assert [(d.state, local(d.due_at), d.breached_at is not None) for d in rows] == [
        (DeadlineState.REPLACED, "18.03 11:28", True),
        (OPEN, "19.03 11:28", False),
    ]


def test_a_term_that_moves_into_the_past_is_blameless(office):
    done(office, act("18.03"), "17.03 09:00")
    message = office.routed("17.03 12:30", "17.03 12:30")
    assert preview(acts.withdraw_act(1), 1, at("18.03 15:00")).into_past == 1
    done(office, acts.withdraw_act(1), "18.03 15:00")
    assert due(message, "answer") == "18.03 11:18"
    acts_act.record_breaches(at("18.03 16:00"))
    assert breached(message) == {ClockKind.DRAFT}


def test_pauses_count_by_the_new_calendar_too(office):
    message = office.routed("17.03 09:00", "17.03 09:00")
    closing.dismiss_message(message.id, message.version, reason="реклама", actor=office.anna, now=at("17.03 10:00"))
    closing.restore_message(message.id, message.version, reason="ошибка", actor=office.anna, now=at("19.03 10:00"))
    told = preview(act("18.03"), 0, at("19.03 10:00"))
    done(office, act("18.03"), "19.03 10:00")
    assert {m.kind.value: local(m.new) for m in told.moves}.items() <= running(message).items()


def test_two_at_once_one_wins_and_the_other_gets_a_conflict(office, app):
    results: list[object] = []
    gate = threading.Barrier(2)

    def work(day: str) -> None:
        with app.app_context():
            gate.wait()
            try:
                results.append(decide(act(day), 0, actor=office.anna, now=at("17.03 09:00")).edition)
            except StaleVersion as error:
                results.append(str(error))

    threads = [threading.Thread(target=work, args=(day,)) for day in ("18.03", "19.03")]
    db.session.rollback()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert 1 in results
    assert [result for result in results if "запись изменили" in str(result)] == [r for r in results if r != 1]
    assert len(results) == 2
    assert db.session.scalars(db.select(CalendarEdition.number)).all() == [1]


def test_what_is_refused_leaves_nothing(office):
    for seen in (1, 7):
        with pytest.raises(StaleVersion):
            decide(act("18.03"), seen, actor=office.anna, now=at("17.03 09:00"))
    done(office, act("18.03"), "17.03 09:00")
    refused = [act("18.03"), act("18.03", number=1), week("09:00-18:00", "09:00-17:00", "13:00-13:48", "01.01")]
    fields = []
    for decision in refused[:2]:
        with pytest.raises(MissingInput) as error:
            decide(decision, 1, actor=office.anna, now=at("17.03 09:00"))
        fields.append(error.value.field)
    assert fields == ["first", ""]
    assert db.session.scalars(db.select(CalendarEdition.number)).all() == [1]


FAR = datetime(2031, 1, 13, 9, tzinfo=VLADIVOSTOK)


def test_a_year_that_is_added_makes_terms_known(office):
    message = office.incident("17.03 09:00")
    db.session.execute(db.update(Message).values(received_at=FAR))
    last_deadline(message, ClockKind.ROUTE).started_at = FAR
    last_deadline(message, ClockKind.ROUTE).due_at = None
    db.session.commit()
    year = acts.enter_year(OwnYear(2031, "", ()))
    told = preview(year, 0, FAR)
    assert [(m.due_at, m.new) for m in told.moves] == [(None, FAR + timedelta(hours=1))]
    decide(year, 0, actor=office.anna, now=FAR)
    assert last_deadline(message, ClockKind.ROUTE).due_at == FAR + timedelta(hours=1)
    assert events(message)[-1].action == "term_known"
    assert "предварительный" in last_deadline(message, ClockKind.ROUTE).explanation
    decide(acts.withdraw_year(2031), 1, actor=office.anna, now=FAR)
    assert last_deadline(message, ClockKind.ROUTE).due_at is None


def test_the_decree_of_a_provisional_year_moves_days_and_ends_the_mark(office):
    calendar = in_force().calendar
    assert 2028 in calendar.provisional_years
    moved = ((date(2028, 1, 8), date(2028, 1, 10)), (date(2028, 2, 26), date(2028, 2, 24)))
    done(office, acts.enter_year(OwnYear(2028, "от 01.09.2027 № 1", moved)), "17.03 09:00")
    calendar = in_force().calendar
    assert 2028 not in calendar.provisional_years
    assert calendar.day(date(2028, 1, 10)).note == "перенос с 08.01 по постановлению"
    assert calendar.day(date(2028, 1, 10)).basis == "постановление Правительства от 01.09.2027 № 1"
    assert calendar.day(date(2028, 2, 26)).hours
    assert not calendar.day(date(2028, 2, 24)).hours
