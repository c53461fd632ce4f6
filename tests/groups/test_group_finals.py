"""After a common interim answer (П.13): one common final answer, begun once, with the terms as they were."""

from __future__ import annotations

import pytest

from osm.answers.acts import publication
from osm.base.database import db
from osm.base.errors import BulkRefused, ServiceError
from osm.flow.acts.moving import active_assignments
from osm.groups.acts.members import begin_common_final
from osm.groups.queries import final_due_ids, group_of, interim_group_of
from osm.messages.acts import executors, routing
from osm.messages.acts.executors import PartOrder
from osm.models import AnswerGroup, Event, Message
from osm.regulation.errors import StaleVersion
from osm.regulation.words import ReplyKind, Status
from tests.office import Office, at, breached, running

from .grouping import approve, complaints, grouped, publish, seen, submit

WAITS = "{приветствие} Дорожная служба ждёт асфальт, яму на Калининской засыплет до 20 марта."


def interim(office: Office, count: int = 3) -> tuple[AnswerGroup, list[Message]]:
    """So many complaints with one interim answer, published at half past ten."""
    messages = complaints(office, count)
    group = grouped(office, messages)
    submit(office, group, messages, text=WAITS, kind="interim")
    approve(office, group, messages)
    for n, message in enumerate(messages):
        publish(office, message, "17.03 10:30", n)
    return group, messages


@pytest.mark.parametrize("who", ["anna", "boris"])
def test_one_press_begins_the_final_answer_of_all_and_moves_no_term(office, who):
    group, three = interim(office)
    terms = [running(m)["final"] for m in three]
    assert final_due_ids(group.id) == [m.id for m in three]
    assert [interim_group_of(m.id) for m in three] == [group.id] * 3
    final = begin_common_final(group.id, group.version, seen(three), actor=getattr(office, who), now=at("18.03 09:00"))
    assert (final.kind, final.name, len(final.members)) == (ReplyKind.FINAL, group.name, 3)
    assert {m.status for m in three} == {Status.IN_WORK}
    assert [group_of(m.id) for m in three] == [final.id] * 3
    assert [running(m)["final"] for m in three] == terms
    submit(office, final, three, "18.03 10:00")
    approve(office, final, three, "18.03 10:10")
    for n, message in enumerate(three):
        publish(office, message, "18.03 10:20", 10 + n)
    assert {m.status for m in three} == {Status.ANSWERED}
    assert [breached(m) for m in three] == [set()] * 3
    assert final_due_ids(group.id) == final_due_ids(final.id) == []
    told = db.session.scalars(db.select(Event.action).where(Event.object_id == group.id, Event.action.like("group_f%")))
    assert list(told) == ["group_final_begun"]


def test_who_is_answered_alone_already_stays_out(office):
    group, three = interim(office)
    publication.prepare_final(three[0].id, three[0].version, actor=office.boris, now=at("18.03 09:00"))
    final = begin_common_final(group.id, group.version, seen(three), actor=office.anna, now=at("18.03 09:05"))
    assert {row.message_id for row in final.members} == {three[1].id, three[2].id}
    assert group_of(three[0].id) is None


def test_one_that_is_left_needs_no_common_answer(office):
    group, two = interim(office, 2)
    publication.prepare_final(two[0].id, two[0].version, actor=office.boris, now=at("18.03 09:00"))
    assert interim_group_of(two[1].id) is None
    with pytest.raises(ServiceError, match="меньше двух"):
        begin_common_final(group.id, group.version, seen(two), actor=office.anna, now=at("18.03 09:05"))
    assert two[1].status is Status.AWAITING_FINAL


def test_all_of_them_or_none(office):
    group, three = interim(office)
    before = seen(three)
    old, version = group.version, three[1].version
    before[1] = type(before[1])(three[1].id, version - 1)
    with pytest.raises(BulkRefused):
        begin_common_final(group.id, group.version, before, actor=office.anna, now=at("18.03 09:00"))
    with pytest.raises(BulkRefused):
        begin_common_final(group.id, group.version, seen(three), actor=office.vera, now=at("18.03 09:00"))
    db.session.expire_all()
    assert {m.status for m in three} == {Status.AWAITING_FINAL}
    assert db.session.scalar(db.select(db.func.count()).select_from(AnswerGroup)) == 1
    assert group.version == old


def test_a_second_press_finds_that_it_has_begun(office):
    group, three = interim(office)
    version, before = group.version, seen(three)
    begin_common_final(group.id, version, before, actor=office.boris, now=at("18.03 09:00"))
    with pytest.raises(StaleVersion):
        begin_common_final(group.id, version, before, actor=office.anna, now=at("18.03 09:00"))


def test_messages_of_different_executors_get_no_common_answer(office):
    group, three = interim(office)
    given = {"executor_id": office.nina.id, "task": "", "actor": office.anna}
    routing.reroute_message(three[0].id, three[0].version, **given, now=at("18.03 09:00"))
    with pytest.raises(ServiceError, match="Исполнители разные: Nina, Boris"):
        begin_common_final(group.id, group.version, seen(three), actor=office.anna, now=at("18.03 09:05"))
    assert {m.status for m in three} == {Status.AWAITING_FINAL}
    for message in three[1:]:
        routing.reroute_message(message.id, message.version, **given, now=at("18.03 09:10"))
    final = begin_common_final(group.id, group.version, seen(three), actor=office.nina, now=at("18.03 09:15"))
    submit(office, final, three, "18.03 10:00", actor=office.nina)


def test_who_is_left_alone_with_his_part_is_answered_apart(office):
    """The common draft of a message in parts is written by the curator (П.14), even if only one part remains."""
    group, three = interim(office)
    first, boris = three[0], office.boris.id
    order = PartOrder(office.nina.id, 1)
    executors.add_executor(first.id, first.version, order=order, actor=office.anna, now=at("18.03 09:00"))
    nina = next(row.id for row in active_assignments(first) if row.executor_id != boris)
    executors.remove_executor(first.id, first.version, assignment_id=nina, actor=office.anna, now=at("18.03 09:05"))
    assert [row.executor_id for row in active_assignments(first)] == [boris]
    assert final_due_ids(group.id) == [m.id for m in three[1:]]
    final = begin_common_final(group.id, group.version, seen(three), actor=office.boris, now=at("18.03 09:15"))
    submit(office, final, three[1:], "18.03 10:00")
