"""After a decision about the calendar every clock follows: in slices, after a crash, in every process."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.blacklist.acts import entries
from osm.calendar import acts
from osm.calendar.acts import decide, preview
from osm.complaints import acts as complaints
from osm.complaints.acts import About
from osm.flow.acts import act as acts_act
from osm.flow.acts.terms import in_force
from osm.imports.acts import held
from osm.messages.acts import closing, routing
from osm.models import (
    Author,
    CalendarEdition,
    Closure,
    Complaint,
    Deadline,
    HeldRow,
    ImportRun,
    ImportSource,
    Message,
    SubjectRequest,
)
from osm.regulation.errors import MissingInput
from osm.regulation.words import ClockKind
from osm.regulation.working_time.office_calendar import OwnSchedule
from osm.regulation.working_time.production_calendar import Schedule
from osm.retention.acts import office as keeping
from tests.office import at, breached, running

from .calendar_acts import OPEN, SIGNED, act, done, due, week


def test_clocks_follow_in_slices_and_are_never_judged_by_the_old_calendar(office, monkeypatch):
    monkeypatch.setattr(acts, "AT_ONCE", 2)
    monkeypatch.setattr(acts_act, "SLICE", 2)
    messages = [office.routed("17.03 12:30", "17.03 12:30") for _ in range(4)]
    happened = done(office, act("18.03"), "17.03 13:00")
    assert happened.has_more
    assert happened.moved < 4
    assert acts_act.record_breaches(at("18.03 12:00")) < 4
    # A person acts on a message that the worker has not updated yet.
    last = messages[-1]
    closing.dismiss_message(last.id, last.version, reason="повтор", actor=office.anna, now=at("18.03 13:00"))
    assert ClockKind.ANSWER not in breached(last)
    while acts_act.recompute_outdated(at("18.03 13:00")):
        pass
    assert not acts_act.left_behind()
    assert [due(message, "answer") for message in messages] == ["19.03 11:18"] * 3 + ["-"]
    assert all(ClockKind.ANSWER not in breached(message) for message in messages)


def test_a_crash_in_the_middle_leaves_nothing_half(office, monkeypatch):
    messages = [office.routed("17.03 12:30", "17.03 12:30") for _ in range(3)]
    before = [running(message) for message in messages]
    seen = []

    def crash(deadline: Deadline, *_: object) -> Deadline:
        seen.append(deadline.id)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return real(deadline, *_)

    real = acts_act.clocks.recompute
    monkeypatch.setattr(acts_act.clocks, "recompute", crash)
    with pytest.raises(KeyboardInterrupt):
        done(office, act("18.03"), "17.03 13:00")
    assert db.session.scalars(db.select(CalendarEdition.number)).all() == []
    assert [running(db.session.get_one(Message, message.id)) for message in messages] == before


def test_clocks_that_open_while_the_calendar_is_changed_follow_it_too(office, app):
    waiting = [office.incident("17.03 12:30") for _ in range(8)]
    seen = [(message.id, message.version) for message in waiting]
    gate, errors = threading.Barrier(2), []

    def route() -> None:
        with app.app_context():
            gate.wait()
            for message_id, version in seen:
                try:
                    routing.route_message(
                        message_id,
                        version,
                        executor_id=office.boris.id,
                        task="",
                        actor=office.anna,
                        now=at("17.03 12:40"),
                    )
                except Exception as error:
                    errors.append(error)

    def change() -> None:
        with app.app_context():
            gate.wait()
            for number, day in enumerate(("18.03", "19.03", "20.03")):
                decide(act(day), number, actor=office.anna, now=at("17.03 12:40"))

    threads = [threading.Thread(target=work) for work in (route, change)]
    db.session.rollback()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    acts_act.recompute_outdated(at("17.03 12:41"))
    found = [db.session.get_one(Message, message_id) for message_id, _ in seen]
    assert [due(message, "answer") for message in found] == ["23.03 11:28"] * 8
    assert {d.calendar_version for m in found for d in m.deadlines if d.state is OPEN} == {in_force().calendar.version}


def test_another_process_works_by_the_new_calendar_at_once(office, app):
    before = in_force().calendar.version
    done(office, act("18.03"), "17.03 09:00")
    seen = []

    def work() -> None:
        with app.app_context():
            seen.append(in_force().calendar.version)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(120)
    assert seen == [in_force().calendar.version] != [before]
    assert due(office.routed("17.03 12:30", "17.03 12:30"), "answer") == "19.03 11:18"


def test_a_long_lived_process_reads_it_again_in_every_transaction(office):
    message = office.incident("17.03 12:30")
    in_force()
    done(office, act("17.03", "09:00-12:00"), "17.03 12:30")
    routing.route_message(
        message.id, message.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("17.03 12:40")
    )
    assert due(message, "answer") == "18.03 16:48"
    assert time(9) == in_force().calendar.day(date(2026, 3, 17)).hours[0][0]
    assert in_force().calendar.local(datetime(2026, 3, 17, tzinfo=UTC)).hour == 10


def test_a_schedule_without_forty_hours_gets_a_warning_and_is_allowed(office):
    short = week("09:00-17:00", "09:00-16:00", "13:00-13:48", "01.04")
    told = preview(short, 0, at("17.03 09:00"))
    [warning] = told.warnings
    assert "вместо 40 ч" in warning
    empty = Schedule(((),) * 7, date(2026, 4, 1))
    with pytest.raises(MissingInput):
        preview(acts.enter_schedule(OwnSchedule(0, empty, "приказ", SIGNED)), 0, at("17.03 09:00"))


def test_the_terms_of_complaints_requests_and_held_rows_follow_too(office):
    """Settled ones and those of history stay."""
    now, message = at("17.03 17:30"), office.routed("17.03 09:00", "17.03 09:10")
    excluded = office.incident("17.03 09:00")
    closing.exclude_message(excluded.id, excluded.version, ground="spam", note="", actor=office.anna, now=now)
    with transaction() as session:
        source = ImportSource(name="ИМ", form="")
        runs = [
            ImportRun(source=source, filename="1", sha256=digest * 64, state="done", created_at=now, history=history)
            for digest, history in (("1", False), ("2", True))
        ]
        session.add_all(runs)
        session.flush()
        for key, run in (("open", runs[0]), ("settled", runs[0]), ("history", runs[1])):
            row = HeldRow(run_id=run.id, row_no=2, message_id=message.id, other_key=key, held_at=now, received_at=now)
            row.payload, row.due_at = {}, None if run.history else held.route_due(now)
            row.settled_at, row.outcome = (now, "declined") if key == "settled" else (None, None)
            session.add(row)
        closure = session.scalars(db.select(Closure)).one()
        excluded.author = Author(network="vk", profile_url="https://vk.com/id7", name="Пётр")
        proposal = entries.propose(closure, actor=office.anna, now=now)
        proposal.applied_at_once = True
        proposal_id = proposal.id
    complaint = complaints.enter(About(proposal_id=proposal_id), number=message.number, actor=office.vera, now=now)
    complaint_id, before = complaint.id, complaint.due_at
    requests = [keeping.enter_request("access", name, "", actor=office.gleb, now=now) for name in ("Пётр", "Иван")]
    keeping.refuse_request(requests[1].id, reason="Не он", actor=office.gleb, now=now)
    asked, ends = [request.id for request in requests], requests[0].due_at
    done(office, act("18.03"), "17.03 17:40")
    db.session.expire_all()
    terms = {row.other_key: row.due_at for row in db.session.scalars(db.select(HeldRow))}
    assert terms == {"open": at("19.03 09:30"), "settled": at("18.03 09:30"), "history": None}
    assert db.session.get_one(Complaint, complaint_id).due_at == before + timedelta(days=1)
    assert [db.session.get_one(SubjectRequest, one).due_at > ends for one in asked] == [True, False]
