"""Two people learn of one urgent report, or decide on one instruction, at the same moment: one wins, one is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from osm.base.database import db
from osm.base.transaction import transaction
from osm.jobs.running import run_due
from osm.models import (
    Absence,
    Burst,
    BurstKind,
    Event,
    Instruction,
    InstructionState,
    ReachedAs,
    UrgentReading,
    UrgentReport,
    User,
    UserRole,
)
from osm.people.acts import absences
from osm.people.acts.absences import Given
from osm.people.queries.absences import Roster
from osm.regulation.words import Post, Role, Status
from osm.urgent.acts import instructions, urgent
from osm.urgent.acts.instructions import Order
from osm.urgent.acts.urgent import HeadKnows, ReportForm, SentAlready
from tests.desk import Desk
from tests.office import at

from .test_races_of_parts import race

ROUNDS = 4
NOW = at("25.11 10:55")
LATER = NOW + timedelta(minutes=16)
Doing = Callable[[], object]


@pytest.fixture
def leaders(desk: Desk) -> Desk:
    """Глеб is the head, Максим the chief of staff."""
    with transaction() as session:
        desk.gleb.post = Post.HEAD
        maxim = User(
            login="maxim", name="Максим", password_hash="-", created_at=NOW, post=Post.CHIEF_OF_STAFF,
            role_rows=[UserRole(role=Role.HEAD)],
        )  # fmt: skip
        session.add(maxim)
        session.flush()
        desk.ids["maxim"] = maxim.id
    return desk


def sent(desk: Desk) -> UrgentReport:
    return urgent.send(ReportForm("Прорвало"), message_id=desk.in_status(Status.NEW).id, actor=desk.anna, now=NOW)


def by(desk: Desk, login: str) -> User:
    return db.session.get_one(User, desk.ids[login])


def reading(desk: Desk, report_id: int, login: str) -> Doing:
    return lambda: urgent.read(report_id, 1, actor=by(desk, login), now=LATER)


def telephoning(desk: Desk, report_id: int, login: str) -> Doing:
    order = Order("Выехать", desk.ids["anna"], LATER + timedelta(hours=1))
    return lambda: urgent.note_call(
        report_id, 1, called_at=None, leader_id=desk.ids["gleb"], words="", order=order, actor=by(desk, login),
        now=LATER,
    )  # fmt: skip


def events(kind: str, object_id: int, *names: str) -> list[str]:
    db.session.rollback()
    found = db.select(Event.action).where(
        Event.object_kind == kind, Event.object_id == object_id, Event.action.in_(names)
    )
    return list(db.session.scalars(found))


def acting(desk: Desk) -> Absence:
    """The head is away, and the chief of staff acts for him."""
    day = NOW.date()
    given = Given("leave", day, day, None, desk.ids["maxim"], "№ 12-р")
    return absences.enter_absence(desk.ids["gleb"], given, actor=desk.anna, now=NOW)


def test_of_the_absent_head_and_his_substitute_one_makes_it_known(app: Flask, leaders: Desk) -> None:
    acting(leaders)
    for _ in range(ROUNDS):
        row_id = sent(leaders).id
        refusals = race(app, reading(leaders, row_id, "gleb"), reading(leaders, row_id, "maxim"))
        assert refusals[1] is None, refusals
        assert refusals[0] is None or isinstance(refusals[0], HeadKnows), refusals
        db.session.rollback()
        row = db.session.get_one(UrgentReport, row_id, populate_existing=True)
        assert (row.reached_as, row.reached_id) == (ReachedAs.ACTING, leaders.ids["maxim"])
        readings = db.session.query(UrgentReading).filter_by(urgent_report_id=row_id).count()
        assert readings == len(events("urgent_report", row_id, "urgent_read")) == (1 if refusals[0] else 2)


def test_a_term_that_ends_at_the_press_counts_or_does_not(app: Flask, leaders: Desk) -> None:
    for _ in range(ROUNDS):
        absence = acting(leaders)
        row_id = sent(leaders).id

        def ending(absence_id: int = absence.id, version: int = absence.version) -> object:
            return absences.end_absence(absence_id, version, actor=by(leaders, "anna"), now=LATER)

        assert race(app, ending, reading(leaders, row_id, "maxim")) == [None, None]
        db.session.rollback()
        row = db.session.get_one(UrgentReport, row_id, populate_existing=True)
        known = (ReachedAs.ACTING, leaders.ids["maxim"], "№ 12-р")
        assert (row.reached_as, row.reached_id, row.reached_act) in {known, (None, None, "")}
        assert db.session.query(UrgentReading).filter_by(urgent_report_id=row_id).count() == 1


def test_two_leaders_who_read_at_once_do_not_stop_each_other(app: Flask, leaders: Desk) -> None:
    for _ in range(ROUNDS):
        row_id = sent(leaders).id
        refusals = race(app, reading(leaders, row_id, "gleb"), reading(leaders, row_id, "maxim"))
        assert refusals[0] is None, "the head"
        assert refusals[1] is None or isinstance(refusals[1], HeadKnows)


def test_the_second_reads_who_was_first(app: Flask, leaders: Desk) -> None:
    for _ in range(ROUNDS):
        row_id = sent(leaders).id
        refusals = race(app, reading(leaders, row_id, "gleb"), telephoning(leaders, row_id, "vera"))
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["HeadKnows", "NoneType"], refusals
        assert isinstance(next(filter(None, refusals)), HeadKnows)
        told = events("urgent_report", row_id, "urgent_read", "urgent_phoned")
        assert len(told) == 1
        given = db.session.query(Instruction).filter_by(urgent_report_id=row_id).count()
        assert given == (told == ["urgent_phoned"])


def test_about_one_message_one_report_is_sent(app: Flask, leaders: Desk) -> None:
    for _ in range(ROUNDS):
        message_id = leaders.in_status(Status.NEW).id

        def sending(login: str, message_id: int = message_id) -> Doing:
            return lambda: urgent.send(ReportForm(login), message_id=message_id, actor=by(leaders, login), now=NOW)

        refusals = race(app, sending("anna"), sending("vera"))
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["NoneType", "SentAlready"], refusals
        assert isinstance(next(filter(None, refusals)), SentAlready)
        db.session.rollback()
        assert db.session.query(UrgentReport).filter_by(message_id=message_id).count() == 1


def test_about_one_burst_one_report_is_sent(app: Flask, leaders: Desk) -> None:
    for number in range(ROUNDS):
        with transaction() as session:
            burst = Burst(
                kind=BurstKind.TOPIC, key=str(number), name="Отопление", since=NOW, until=NOW, known_at=NOW, window=120,
                told=12, usual_hundredths=0, known_count=12,
            )  # fmt: skip
            session.add(burst)
            session.flush()
            burst_id = burst.id

        def sending(login: str, burst_id: int = burst_id) -> Doing:
            return lambda: urgent.send(ReportForm(login), burst_id=burst_id, actor=by(leaders, login), now=NOW)

        refusals = race(app, sending("anna"), sending("vera"))
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["NoneType", "SentAlready"], refusals
        db.session.rollback()
        assert db.session.query(UrgentReport).filter_by(burst_id=burst_id).count() == 1


def test_two_rounds_of_the_worker_and_a_leader_report_once_at_most(app: Flask, leaders: Desk) -> None:
    for _ in range(ROUNDS):
        row_id = sent(leaders).id
        outcome = race(app, lambda: run_due(LATER), lambda: run_due(LATER), reading(leaders, row_id, "gleb"))
        assert outcome == [None, None, None], outcome
        assert len(events("urgent_report", row_id, "urgent_call_due")) <= 1
        assert len(events("urgent_report", row_id, "urgent_read")) == 1


def test_an_instruction_is_accepted_or_returned(app: Flask, leaders: Desk) -> None:
    for number in range(ROUNDS):
        order = Order(f"Выехать {number}", leaders.ids["anna"], LATER)
        row_id = instructions.give(order, actor=leaders.gleb, now=NOW).id
        instructions.report(row_id, 1, report="Выехали", roster=Roster(NOW.date()), actor=leaders.anna, now=NOW)

        def accepting(row_id: int = row_id) -> object:
            return instructions.accept(row_id, 2, actor=by(leaders, "gleb"), now=LATER)

        def returning(row_id: int = row_id) -> object:
            return instructions.give_back(row_id, 2, remarks="Нет", actor=by(leaders, "maxim"), now=LATER)

        refusals = race(app, accepting, returning)
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["NoneType", "StaleVersion"], refusals
        state = db.session.get_one(Instruction, row_id, populate_existing=True).state
        assert state is (InstructionState.ACCEPTED if refusals[0] is None else InstructionState.OPEN)
