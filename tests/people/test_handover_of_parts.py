"""The part of one of several executors (П.14) moves to the substitute and back (П.3)."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.flow.acts.moving import active_assignments
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder
from osm.models import Assignment, Message
from osm.regulation.errors import MissingInput
from tests.office import Office, at

from .handing_over import NOW, away, offers, take, who


def shared(office: Office, *logins: str) -> Message:
    message = office.incident("17.03 09:00")
    orders = [PartOrder(office.ids[login], n, f"Что у вас, {login}?") for n, login in enumerate(logins, start=1)]
    return routing.route_to_several(
        message.id, message.version, orders=orders, actor=office.anna, now=at("17.03 09:10")
    )


def part_terms(message: Message) -> set[str]:
    return {
        f"{d.kind} {d.due_at.isoformat()}" for d in message.deadlines if d.assignment_id and d.state.value == "open"
    }


def test_a_part_goes_over_with_its_number_and_its_term(three):
    message = shared(three, "boris", "oleg")
    before = part_terms(message)
    assert before
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0])
    row = next(row for row in active_assignments(message) if row.executor_id == three.ids["nina"])
    assert (row.order_no, row.task, row.for_id) == (1, "Что у вас, boris?", three.ids["boris"])
    assert part_terms(message) == before


def test_a_part_that_is_late_leaves_the_substitute_his_own_time(three):
    message = shared(three, "boris", "oleg")
    before = part_terms(message)
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0], "17.03 16:00")
    assert len(part_terms(message)) == 1
    assert part_terms(message).isdisjoint(before)


def test_a_person_preparing_a_part_gets_the_other_task_too(three):
    message = shared(three, "boris", "nina")
    away(three, "boris", 17, 20, "nina")
    take(three, offers()[0])
    assert [row.task for row in active_assignments(message)] == ["Что у вас, nina?\nЧто у вас, boris?"]
    assert len(part_terms(message)) == 1, "it is her turn now"
    ended = db.session.scalars(db.select(Assignment).where(Assignment.executor_id == three.ids["boris"])).one()
    assert ended.ended_at == NOW


def test_a_part_directed_to_an_absent_person_reaches_the_substitute(three):
    away(three, "boris", 17, 20, "nina")
    message = shared(three, "boris", "oleg")
    assert who(message) == [("Nina", three.ids["boris"]), ("Oleg", None)]


def test_a_substitute_with_an_own_part_is_shown_apart(three):
    away(three, "nina", 17, 19, "boris")
    message = three.incident("17.03 09:00")
    orders = [PartOrder(three.ids["boris"], 1, key="1"), PartOrder(three.ids["nina"], 1, key="2")]
    with pytest.raises(MissingInput, match=r"отсутствует, и замещающий \(Boris\) уже есть") as refused:
        routing.route_to_several(message.id, message.version, orders=orders, actor=three.anna, now=at("17.03 09:10"))
    assert refused.value.field == "executor_id2"
