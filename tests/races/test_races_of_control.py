"""Two people learn of one urgent report, or decide about one instruction, at the same moment: one wins, one is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from osm.extensions import db
from osm.jobs.rounds import run_due
from osm.regulation.words import Role, Status
from osm.services.control import instructions, urgent
from osm.services.control.instructions import Order
from osm.services.control.urgent import HeadKnows, SentAlready, Told
from osm.store.models import Burst, BurstKind, Event, Instruction, InstructionState, UrgentReport, User, UserRole
from osm.store.queries.staff.substitutes import Roster
from osm.store.transaction import transaction
from tests.desk import Desk
from tests.office import at

from .test_races_of_parts import race

ROUNDS = 4
NOW = at("25.11 10:55")
LATER = NOW + timedelta(minutes=16)
Doing = Callable[[], object]


@pytest.fixture
def leaders(desk: Desk) -> Desk:
    with transaction() as session:
        maxim = User(
            login="maxim", name="Максим", password_hash="-", created_at=NOW, role_rows=[UserRole(role=Role.HEAD)]
        )
        session.add(maxim)
        session.flush()
        desk.ids["maxim"] = maxim.id
    return desk


def sent(desk: Desk) -> UrgentReport:
    return urgent.send(Told("Прорвало"), message_id=desk.in_status(Status.NEW).id, actor=desk.anna, now=NOW)


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


PAIRS = {
    "two leaders read it": (reading, "gleb", reading, "maxim"),
    "read and told": (reading, "gleb", telephoning, "vera"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_second_is_told_who_was_first(app: Flask, leaders: Desk, name: str) -> None:
    one, first, other, second = PAIRS[name]
    for _ in range(ROUNDS):
        row_id = sent(leaders).id
        refusals = race(app, one(leaders, row_id, first), other(leaders, row_id, second))
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
            return lambda: urgent.send(Told(login), message_id=message_id, actor=by(leaders, login), now=NOW)

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
                told=12, usual_hundredths=0, count=12, known_count=12,
            )  # fmt: skip
            session.add(burst)
            session.flush()
            burst_id = burst.id

        def sending(login: str, burst_id: int = burst_id) -> Doing:
            return lambda: urgent.send(Told(login), burst_id=burst_id, actor=by(leaders, login), now=NOW)

        refusals = race(app, sending("anna"), sending("vera"))
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["NoneType", "SentAlready"], refusals
        db.session.rollback()
        assert db.session.query(UrgentReport).filter_by(burst_id=burst_id).count() == 1


def test_two_rounds_of_the_worker_and_a_leader_tell_once_at_most(app: Flask, leaders: Desk) -> None:
    for _ in range(ROUNDS):
        row_id = sent(leaders).id
        outcome = race(app, lambda: run_due(LATER), lambda: run_due(LATER), reading(leaders, row_id, "gleb"))
        assert outcome == [None, None, None], outcome
        assert len(events("urgent_report", row_id, "urgent_call_due")) <= 1
        assert len(events("urgent_report", row_id, "urgent_read")) == 1


def test_an_instruction_is_accepted_or_returned(app: Flask, leaders: Desk) -> None:
    for _ in range(ROUNDS):
        order = Order("Выехать", leaders.ids["anna"], LATER)
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
