"""Several executors at one instant, with real threads (П.14): they do not hinder each other, one decision wins."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from osm.base.database import db
from osm.base.errors import NotYours
from osm.groups.acts import members
from osm.messages.acts import executors, routing
from osm.messages.acts.executors import PartOrder
from osm.models import Assignment, Message, User
from osm.regulation.errors import StaleVersion, TransitionNotAllowed
from osm.regulation.executors import PartState
from osm.regulation.words import ClockKind, DeadlineState, Status
from tests.desk import NOW, Desk
from tests.office import OVERRIDE, at

ROUNDS = 8
Doing = Callable[[], object]


def shared(desk: Desk, **numbers: int) -> Message:
    message = desk.incident("25.11 10:05")
    orders = [PartOrder(desk.ids[login], number) for login, number in numbers.items()]
    now = at("25.11 10:10")
    return routing.route_to_several(message.id, message.version, orders=orders, actor=desk.anna, now=now)


def race(app: Flask, *doings: Doing) -> list[Exception | None]:
    """All at the same instant, each in a new thread; the refusal of each, or None."""
    start = Barrier(len(doings))

    def run(doing: Doing) -> Exception | None:
        with app.app_context():
            start.wait(10)
            try:
                doing()
            except Exception as error:
                return error
        return None

    with ThreadPoolExecutor(len(doings)) as threads:
        return list(threads.map(run, doings))


def sending(desk: Desk, message: Message, login: str, text: str = "Готово") -> Doing:
    row = next(row for row in message.assignments if row.executor_id == desk.ids[login] and row.ended_at is None)
    row_id, version, person = row.id, row.version, desk.ids[login]
    return lambda: members.submit_part(
        row_id, version, text=text, confirmed=True, actor=db.session.get_one(User, person), now=NOW
    )


def by_anna(desk: Desk, service: Callable[..., object], *args: object, **given: object) -> Doing:
    anna = desk.ids["anna"]
    return lambda: service(*args, **given, actor=db.session.get_one(User, anna), now=NOW)


def running(message: Message, kind: ClockKind) -> list[int | None]:
    return [d.assignment_id for d in message.deadlines if d.kind is kind and d.state is DeadlineState.OPEN]


def test_everybody_who_sends_at_once_is_taken_and_the_next_begins_once(app, two_curators):
    desk = two_curators
    for _ in range(ROUNDS):
        message = shared(desk, boris=1, roman=1, lidia=2)
        assert race(app, sending(desk, message, "boris"), sending(desk, message, "roman")) == [None, None]
        message = desk.again(message)
        lidia = next(row for row in message.assignments if row.executor_id == desk.ids["lidia"])
        assert running(message, ClockKind.PART) == [lidia.id]
        assert [event.action for event in desk.log(message)].count("submit_part") == 2
        assert message.version == 4, "routed, and sent twice"


def test_two_windows_of_one_executor_send_one_version(app, two_curators):
    desk = two_curators
    for _ in range(ROUNDS):
        message = shared(desk, boris=1, roman=1)
        refusals = race(app, sending(desk, message, "boris", "Раз"), sending(desk, message, "boris", "Два"))
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["NoneType", "StaleVersion"]
        row = next(row for row in desk.again(message).assignments if row.executor_id == desk.ids["boris"])
        assert len(row.parts) == 1


def remove(desk: Desk, message: Message, row: Assignment) -> Doing:
    return by_anna(desk, executors.remove_executor, message.id, message.version, assignment_id=row.id)


def publish(desk: Desk, message: Message, _row: Assignment) -> Doing:
    given = {"text": "Здравствуйте! Яму засыпали 24 ноября.", "kind": "final", "override": OVERRIDE}
    return by_anna(desk, members.approve_common, message.id, message.version, **given)


def alone(desk: Desk, message: Message, _row: Assignment) -> Doing:
    return by_anna(
        desk, routing.reroute_message, message.id, message.version, executor_id=desk.ids["lidia"], task="Вы одна"
    )


@pytest.mark.parametrize("decision", [remove, publish, alone])
def test_of_sending_and_a_decision_one_wins_the_other_is_refused(app, two_curators, decision):
    desk = two_curators
    for _ in range(ROUNDS):
        message = shared(desk, boris=1, roman=1)
        row = next(row for row in message.assignments if row.executor_id == desk.ids["boris"])
        sent, decided = race(app, sending(desk, message, "boris"), decision(desk, message, row))
        assert (sent is None) != (decided is None), (sent, decided)
        refusal = sent or decided
        assert isinstance(refusal, StaleVersion | TransitionNotAllowed | NotYours), refusal
        message, row = desk.again(message), db.session.get_one(Assignment, row.id)
        assert len(row.parts) == (sent is None)
        if sent is None:
            assert (row.part_state, row.ended_at, message.status) == (PartState.SENT, None, Status.IN_WORK)
        else:
            assert running(message, ClockKind.PART).count(row.id) == 0


def test_a_return_and_a_new_version_do_not_cross(app, two_curators):
    desk = two_curators
    for _ in range(ROUNDS):
        message = shared(desk, boris=1, roman=1)
        sending(desk, message, "boris")()
        message = desk.again(message)
        row = next(row for row in message.assignments if row.executor_id == desk.ids["boris"])
        give_back = by_anna(desk, members.return_part, row.id, row.version, remarks="Назовите срок")
        refusals = race(app, sending(desk, message, "boris", "Ещё раз"), give_back)
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["NoneType", "StaleVersion"]
        db.session.rollback()
        row = db.session.get_one(Assignment, row.id)
        returned = refusals[1] is None
        assert row.part_state is (PartState.RETURNED if returned else PartState.SENT)
        assert [part.remarks for part in row.parts] == (["Назовите срок"] if returned else ["", ""])
