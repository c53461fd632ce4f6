"""A common answer is published at a pace, urgent messages first; what the program cannot send is left to people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.answers.acts import ordering
from osm.answers.queries.drafting import out_of_many
from osm.answers.screens.publishing import ways_out
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import WHOLE, transaction
from osm.groups.acts.groups import order_group, stop_group
from osm.listening.acts import hearing
from osm.models import AnswerGroup, Comment, Message, OutboxAction
from osm.outbox.acts import rounds
from osm.regulation.blacklist import OutboxState
from osm.regulation.errors import StaleVersion
from osm.regulation.words import ClockKind, Status
from tests.connections.conftest import CITIZEN
from tests.groups.grouping import approve, complaints, grouped, submit
from tests.office import at
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("vk")

NOW = at("17.03 10:15")


@pytest.fixture
def group(vk, connect, office):
    """An approved common answer to three comments on the page and one message from elsewhere."""

    def group(publish="ask"):
        connect(publish=publish, when=at("17.03 08:00"))
        hearing.run(at("17.03 09:00"), WHOLE)
        post = vk.world.post("Пост")
        for number in range(3):
            vk.world.write(post, CITIZEN, f"Яма на Калининской, {number}")
        hearing.run(at("17.03 09:00"), WHOLE)
        messages = complaints(office, 4)
        with transaction():
            for comment, message in zip(
                db.session.scalars(select(Comment).order_by(Comment.id)), messages, strict=False
            ):
                comment.message_id = message.id
        found = grouped(office, messages)
        submit(office, found, messages)
        approve(office, found, messages)
        return found.id, [message.id for message in messages]

    return group


def version(group_id):
    db.session.rollback()
    return db.session.get_one(AnswerGroup, group_id, populate_existing=True).version


def order(group_id, office, now=NOW):
    return order_group(group_id, version(group_id), actor=office.anna, now=now)


def acts():
    rows = select(OutboxAction).order_by(OutboxAction.not_before, OutboxAction.id)
    return db.session.scalars(rows.execution_options(populate_existing=True)).all()


def statuses(numbers):
    return [db.session.get_one(Message, number, populate_existing=True).status for number in numbers]


def send(now):
    return rounds.run("this process", now, WHOLE)


def test_answers_go_one_after_the_other_and_a_message_from_elsewhere_waits(vk, group, office):
    group_id, numbers = group()
    assert order(group_id, office) == 3
    first = NOW + ordering.UNDO
    assert [row.not_before for row in acts()] == [first + ordering.PACE * turn for turn in range(3)]
    assert [send(first + ordering.PACE * turn) for turn in range(3)] == [1, 1, 1]
    assert statuses(numbers) == [Status.ANSWERED] * 3 + [Status.APPROVED]
    texts = [one["text"] for one in vk.world.comments.values() if one["from_id"] == vk.world.owner]
    assert len(texts) == 3
    with pytest.raises(ServiceError, match="размещать нечего"):
        order(group_id, office)


def test_ordered_by_a_second_press_it_goes_out_after_those_that_wait(group, office):
    group_id, numbers = group()
    order(group_id, office)
    message = db.session.get_one(Message, numbers[0])
    ordering.stop(numbers[0], message.version, actor=office.anna, now=NOW)
    assert order(group_id, office) == 1
    waits = [row for row in acts() if row.state is OutboxState.PENDING]
    assert [row.not_before - waits[0].not_before for row in waits] == [ordering.PACE * turn for turn in range(3)]


def test_those_that_the_network_refuses_wait_for_a_person(vk, group, office, anna):
    group_id, numbers = group()
    order(group_id, office)
    vk.refuse["wall.createComment"].append(15)
    send(NOW + ordering.UNDO)
    with transaction():
        first = acts()[0]
        first.state, first.settled_at, first.for_person = OutboxState.FAILED, NOW, False
    found = out_of_many(numbers)
    assert (found.going, found.for_person) == (2, 1)
    assert "Ждут вас: 1" in anna.get(f"/groups/{group_id}").text


def test_many_messages_need_no_more_statements_than_one(app, group):
    _group_id, numbers = group()
    assert ways_out(numbers).ready == 3
    with counted(app) as of_all:
        ways_out(numbers[:3])
    with counted(app) as of_one:
        ways_out(numbers[:1])
    assert len(of_all) == len(of_one)


def test_an_answer_with_a_near_term_does_not_wait_for_its_turn(group, office):
    group_id, numbers = group()
    due = NOW + timedelta(seconds=90)
    with transaction():
        last = db.session.get_one(Message, numbers[2])
        next(one for one in last.deadlines if one.kind is ClockKind.ANSWER).due_at = due
    order(group_id, office)
    assert acts()[0].message_id == numbers[2]
    assert acts()[0].not_before == due - ordering.UNDO


def test_an_answer_with_a_passed_term_goes_first_and_floods_no_page(group, office):
    group_id, numbers = group()
    with transaction():
        last = db.session.get_one(Message, numbers[2])
        next(one for one in last.deadlines if one.kind is ClockKind.ANSWER).due_at = NOW - timedelta(hours=1)
    order(group_id, office)
    first = NOW + ordering.UNDO
    assert acts()[0].message_id == numbers[2]
    assert [row.not_before for row in acts()] == [first + ordering.PACE * turn for turn in range(3)]


def test_after_a_stop_the_most_urgent_goes_out_first(group, office):
    """Waiting answers are not sent in the order in which they were written."""
    group_id, _numbers = group()
    order(group_id, office)
    with transaction():
        late = acts()[2]
        late.not_before = NOW
    rounds._begin(ongoing := rounds.Ongoing(), "this process", NOW + timedelta(hours=1))
    assert next(iter(ongoing.busy)) == late.id


def test_stopped_in_the_middle_what_was_published_stays(group, office):
    group_id, numbers = group()
    order(group_id, office)
    send(NOW + ordering.UNDO)
    assert out_of_many(numbers).going == 2
    with pytest.raises(StaleVersion):
        stop_group(group_id, 1, actor=office.anna, now=NOW)
    assert stop_group(group_id, version(group_id), actor=office.anna, now=NOW + ordering.UNDO) == 2
    assert send(NOW + timedelta(hours=1)) == 0
    assert statuses(numbers).count(Status.ANSWERED) == 1
    assert sorted(row.state for row in acts()) == [OutboxState.CANCELLED] * 2 + [OutboxState.DONE]


def test_where_the_page_says_at_once_the_approval_orders_them(group, office):
    _group_id, numbers = group(publish="auto")
    send(NOW + timedelta(minutes=5))
    assert statuses(numbers).count(Status.ANSWERED) == 3


def test_the_page_says_how_many_and_one_press_sends_them(app, group, office, anna):
    group_id, _numbers = group()
    shown = anna.get(f"/groups/{group_id}").text
    assert "Опубликовать все: 3" in shown
    assert anna.submit(f"/groups/{group_id}/publish", {"group_version": version(group_id)}).status_code == 303
    assert "ещё 3" in anna.get(f"/groups/{group_id}").text
    assert anna.submit(f"/groups/{group_id}/publish/stop", {"group_version": version(group_id)}).status_code == 303
    assert "Опубликовать все: 3" in anna.get(f"/groups/{group_id}").text
