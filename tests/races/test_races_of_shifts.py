"""Two people hand over, or take a shift, at the same moment; two turns of the roster overlap: one wins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from osm.base.database import db
from osm.models import DutyTurn, Shift, User
from osm.regulation.errors import MissingInput
from osm.urgent.acts import shifts
from osm.urgent.acts.shifts import Given, ShiftSettled, ShiftWaits
from tests.desk import Desk
from tests.office import at

from .test_races_of_parts import race

ROUNDS = 4
NOW = at("25.11 17:55")
Doing = Callable[[], object]


def by(desk: Desk, login: str) -> User:
    return db.session.get_one(User, desk.ids[login])


def outcome(app: Flask, one: Doing, other: Doing) -> type[Exception]:
    """The words that the loser read."""
    refusals = race(app, one, other)
    assert [refusals.count(None), len(refusals)] == [1, 2], refusals
    db.session.rollback()
    return type(next(filter(None, refusals)))


def test_one_hands_over(app: Flask, desk: Desk) -> None:
    for number in range(1, ROUNDS + 1):

        def giving(login: str) -> Doing:
            return lambda: shifts.give(note=login, actor=by(desk, login), now=NOW)

        assert outcome(app, giving("anna"), giving("vera")) is ShiftWaits
        assert db.session.query(Shift).count() == number
        row = db.session.scalars(db.select(Shift).order_by(Shift.id.desc())).first()
        shifts.withdraw(row.id, row.version, actor=row.given_by, now=NOW)


def test_one_takes_it(app: Flask, desk: Desk) -> None:
    for _ in range(ROUNDS):
        row_id = shifts.give(note="", actor=desk.anna, now=NOW).id

        def taking(row_id: int = row_id) -> object:
            return shifts.take(row_id, 1, actor=by(desk, "vera"), now=NOW)

        def withdrawing(row_id: int = row_id) -> object:
            return shifts.withdraw(row_id, 1, actor=by(desk, "anna"), now=NOW)

        assert outcome(app, taking, withdrawing) is ShiftSettled
        row = db.session.get_one(Shift, row_id)
        assert (row.taken_at is None) != (row.withdrawn_at is None)
        assert row.version == 2


def test_one_is_on_duty(app: Flask, desk: Desk) -> None:
    for number in range(1, ROUNDS + 1):
        day = (NOW + timedelta(days=number)).date()

        def entering(login: str, day: object = day) -> Doing:
            given = Given(desk.ids[login], day, None, "18:00", "09:00")  # type: ignore[arg-type]
            return lambda: shifts.enter_turns(given, actor=by(desk, "anna"), now=NOW)

        assert outcome(app, entering("anna"), entering("vera")) is MissingInput
        assert db.session.query(DutyTurn).count() == number
