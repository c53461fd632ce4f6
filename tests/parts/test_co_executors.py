"""Executors of a message are added, removed and reordered (П.14): clocks open and close without a breach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osm.flow.acts.act import act, record_breaches
from osm.messages.acts import executors, routing
from osm.messages.acts.executors import PartOrder
from osm.regulation.errors import MissingInput
from osm.regulation.executors import PartState
from osm.regulation.words import Action, DeadlineState, Status
from tests.office import at, events, running

from .sharing import of_part, part_clocks, row_of, send, shared, states


def test_one_more_executor_makes_the_first_one_a_co_executor(three):
    message = three.routed("17.03 09:00", "17.03 09:10")
    order = PartOrder(three.ids["nina"], 2, "Смета")
    executors.add_executor(message.id, message.version, order=order, actor=three.anna, now=at("17.03 09:30"))
    assert states(message) == {"boris": "asked", "nina": "waiting"}
    assert part_clocks(message) == {"boris part": "17.03 11:30"}


def test_adding_one_before_stops_those_after_him(three):
    message = shared(three, "boris 2, nina 3")
    assert part_clocks(message) == {"boris part": "17.03 11:10"}
    executors.add_executor(
        message.id, message.version, order=PartOrder(three.ids["oleg"], 1), actor=three.anna, now=at("17.03 10:00")
    )
    assert part_clocks(message) == {"oleg part": "17.03 12:00"}
    [stopped] = of_part(three, message, "boris")
    assert (stopped.state, stopped.breached_at) == (DeadlineState.CLOSED, None)
    send(three, message, "oleg", "17.03 10:20")
    assert part_clocks(message) == {"boris part": "17.03 12:20"}


def test_removing_stops_the_clock_without_a_breach_and_lets_the_next_begin(three):
    message = shared(three, "boris 1, nina 2")
    row = row_of(three, message, "boris")
    executors.remove_executor(
        message.id, message.version, assignment_id=row.id, actor=three.anna, now=at("17.03 10:00")
    )
    assert part_clocks(message) == {"nina part": "17.03 12:00"}
    [stopped] = of_part(three, message, "boris")
    assert (stopped.state, stopped.breached_at) == (DeadlineState.CLOSED, None)
    record_breaches(at("17.03 11:30"))
    assert [event.action for event in events(message) if event.action == "breach"] == []


def test_the_last_executor_is_not_removed_but_replaced(three):
    message = shared(three, "boris 1, nina 1")
    for login in ("boris", "nina"):
        row = row_of(three, message, login)
        act_now = {"assignment_id": row.id, "actor": three.anna, "now": at("17.03 10:00")}
        if login == "nina":
            with pytest.raises(MissingInput):
                executors.remove_executor(message.id, message.version, **act_now)
        else:
            executors.remove_executor(message.id, message.version, **act_now)


def test_another_order_opens_and_closes_what_it_must(three):
    message = shared(three, "boris 1, nina 2, oleg 3")
    numbers = {"boris": 3, "nina": 1, "oleg": 1}
    orders = {
        row.id: PartOrder(row.executor_id, numbers[row.executor.name.lower()], row.task) for row in message.assignments
    }
    executors.arrange_executors(message.id, message.version, orders=orders, actor=three.anna, now=at("17.03 10:00"))
    assert part_clocks(message) == {"nina part": "17.03 12:00", "oleg part": "17.03 12:00"}
    assert states(message) == {"nina": "asked", "oleg": "asked", "boris": "waiting"}


def test_a_shorter_time_counts_from_the_same_beginning_without_blame(three):
    message = shared(three, "boris 1, nina 1")
    row = row_of(three, message, "boris")
    orders = {row.id: PartOrder(row.executor_id, 1, row.task, 30)}
    executors.arrange_executors(message.id, message.version, orders=orders, actor=three.anna, now=at("17.03 10:00"))
    assert part_clocks(message)["boris part"] == "17.03 09:40"
    record_breaches(at("17.03 10:30"))
    send(three, message, "boris", "17.03 10:40")
    assert {d.breached_at for d in of_part(three, message, "boris")} == {None}


def test_nothing_changed_is_said(three):
    message = shared(three, "boris 1, nina 1")
    orders = {row.id: PartOrder(row.executor_id, 1, row.task) for row in message.assignments}
    with pytest.raises(MissingInput):
        executors.arrange_executors(message.id, message.version, orders=orders, actor=three.anna, now=at("17.03 10:00"))


@pytest.mark.words
@pytest.mark.parametrize(
    ("orders", "field"),
    [
        ([PartOrder(None, 1, key="1"), PartOrder(None, 1, key="2")], "executor_id1"),
        ([PartOrder(-1, 1, key="1"), PartOrder(-1, 1, key="2")], "executor_id2"),
        ([PartOrder(-1, 1, key="1"), PartOrder(-2, 100, key="2")], "order_no2"),
        ([PartOrder(-1, 1, key="1"), PartOrder(-2, 1, "", 0, "2")], "minutes2"),
        ([PartOrder(-1, 1, key="1")], "executor_id2"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_has_happened(three, orders, field):
    people = {-1: three.ids["boris"], -2: three.ids["nina"]}
    orders = [replace(order, executor_id=people.get(order.executor_id, order.executor_id)) for order in orders]
    message = three.incident("17.03 09:00")
    with pytest.raises(MissingInput) as refused:
        routing.route_to_several(message.id, message.version, orders=orders, actor=three.anna, now=at("17.03 09:10"))
    assert refused.value.field == field
    assert (message.status, message.assignments) == (Status.NEW, [])


def test_of_several_one_can_be_left_alone_with_the_whole_answer(three):
    message = shared(three, "boris 1, nina 1")
    routing.reroute_message(
        message.id,
        message.version,
        executor_id=three.ids["boris"],
        task="Ответьте вы",
        actor=three.anna,
        now=at("17.03 10:00"),
    )
    assert states(message) == {"boris": "None"}
    assert part_clocks(message) == {}
    assert running(message).keys() == {"answer", "draft"}


def test_a_substitute_gets_the_number_task_clock_and_sent_text(three):
    message = shared(three, "boris 1, nina 2 45")
    send(three, message, "boris", "17.03 09:30")
    for login, other in (("boris", "oleg"),):
        with act(Action.SUBSTITUTE, message.id, message.version, three.anna, at("17.03 10:00")) as step:
            executors.replace_executor(step, row_of(three, message, login), getattr(three, other))
    row = row_of(three, message, "oleg")
    assert (row.order_no, row.task, row.part_state) == (1, "Что у вас, boris?", PartState.SENT)
    assert [part.author_id for part in row.parts] == [three.ids["boris"]]
    with act(Action.SUBSTITUTE, message.id, message.version, three.anna, at("17.03 10:05")) as step:
        executors.replace_executor(step, row_of(three, message, "nina"), three.boris)
    assert part_clocks(message) == {"boris part": "17.03 10:50"}
