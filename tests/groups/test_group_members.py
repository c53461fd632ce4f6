"""Which messages belong to a common answer: which join, which are taken out, which are closed before it is sent."""

from __future__ import annotations

import pytest

from osm.answers.acts import drafting
from osm.base.database import db
from osm.base.errors import BulkRefused, ServiceError, TooMany
from osm.groups.acts.members import join_group, leave_group
from osm.groups.queries import group_of
from osm.messages.acts import closing, routing
from osm.models import AnswerGroup, Message
from osm.regulation.errors import MissingInput
from osm.regulation.words import Status
from tests.office import Office, at

from .grouping import TEXT, approve, complaints, grouped, publish, seen, submit

# --- Who can join


def test_late_arrivals_join_and_are_at_once_as_far_as_the_others(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    arrivals = complaints(office, 3, "17.03 09:40")

    def join(message: Message, when: str) -> None:
        join_group(group.id, group.version, seen([message]), actor=office.anna, now=at(when))

    join(arrivals[0], "17.03 09:50")
    assert arrivals[0].status is Status.IN_WORK
    submit(office, group, [*two, arrivals[0]])
    join(arrivals[1], "17.03 10:05")
    assert arrivals[1].status is Status.ON_APPROVAL
    assert arrivals[1].replies[-1].drafts[-1].author_id == office.ids["boris"], "he answers for it (П.18)"
    approve(office, group, [*two, *arrivals[:2]])
    join(arrivals[2], "17.03 10:15")
    assert arrivals[2].status is Status.APPROVED
    assert group_of(arrivals[2].id) == group.id


def further_on(office: Office, message: Message, status: Status) -> None:
    routing.route_message(
        message.id, message.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("17.03 09:10")
    )
    office.submitted(message, "17.03 09:15")
    if status is not Status.ON_APPROVAL:
        office.approved(message, "17.03 09:20")
    if status is Status.ANSWERED:
        publish(office, message, "17.03 09:25", 9)


@pytest.mark.parametrize("status", [Status.ON_APPROVAL, Status.APPROVED, Status.ANSWERED])
def test_a_message_further_on_cannot_join_and_reads_why(office, status):
    three = complaints(office, 3)
    further_on(office, three[2], status)
    with pytest.raises(BulkRefused) as refused:
        grouped(office, three)
    assert [(one.number, one.was_changed) for one in refused.value.refusals] == [(three[2].number, False)]
    assert "до отправки проекта" in refused.value.refusals[0].words
    assert {m.status for m in three[:2]} == {Status.NEW}, "all or none"
    assert db.session.scalars(db.select(AnswerGroup)).all() == []


def test_no_message_is_in_two_groups(office):
    three = complaints(office, 3)
    first = grouped(office, three[:2])
    with pytest.raises(BulkRefused) as refused:
        grouped(office, three[1:])
    assert refused.value.refusals[0].words == f"уже в общем ответе № {first.id}"


@pytest.mark.parametrize("count", [0, 1])
def test_one_message_is_no_group(office, count):
    with pytest.raises(TooMany):
        grouped(office, complaints(office, count))


def test_a_message_of_another_executor_comes_to_the_one_who_prepares(office):
    two = complaints(office, 2)
    routing.route_message(
        two[0].id, two[0].version, executor_id=office.nina.id, task="", actor=office.anna, now=at("17.03 09:10")
    )
    grouped(office, two)
    assert [row.executor_id for row in two[0].assignments if row.ended_at is None] == [office.ids["boris"]]


# --- Taken out, closed


@pytest.mark.parametrize(("stage", "status"), [(0, Status.IN_WORK), (1, Status.REWORK), (2, Status.REWORK)])
def test_a_removed_message_is_answered_alone(office, stage, status):
    three = complaints(office, 3)
    group = grouped(office, three)
    if stage:
        submit(office, group, three)
    if stage == 2:
        approve(office, group, three)
    one = three[0]
    leave_group(
        group.id, group.version, one.id, message_version=one.version, reason="Другая яма", actor=office.anna,
        now=at("17.03 10:20"),
    )  # fmt: skip
    assert one.status is status
    assert group_of(one.id) is None
    office.submitted(one, "17.03 10:30")
    assert one.status is Status.ON_APPROVAL
    assert group_of(three[1].id) == group.id


def test_what_was_typed_for_all_stays_when_the_first_leaves(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    drafting.save_text(two[0].replies[-1].id, text=TEXT, seen_at=None, actor=office.boris, now=at("17.03 09:40"))
    leave_group(
        group.id, group.version, two[0].id, message_version=two[0].version, reason="Другая яма", actor=office.anna,
        now=at("17.03 09:50"),
    )  # fmt: skip
    assert drafting.draft_text(two[1].replies[-1].id, office.boris).text == TEXT


def test_leaving_needs_a_reason_and_a_reply_that_is_not_published(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    with pytest.raises(MissingInput):
        leave_group(
            group.id, group.version, two[0].id, message_version=two[0].version, reason=" ", actor=office.anna,
            now=at("17.03 09:50"),
        )  # fmt: skip
    submit(office, group, two)
    approve(office, group, two)
    publish(office, two[0], "17.03 10:20", 1)
    with pytest.raises(ServiceError, match="опубликован"):
        leave_group(
            group.id, group.version, two[0].id, message_version=two[0].version, reason="Поздно", actor=office.anna,
            now=at("17.03 10:30"),
        )  # fmt: skip


def test_a_message_closed_in_between_does_not_hold_the_others(office):
    three = complaints(office, 3)
    group = grouped(office, three)
    closing.mark_withdrawn(three[0].id, three[0].version, note="", actor=office.anna, now=at("17.03 09:40"))
    submit(office, group, three[1:])
    assert [m.status for m in three] == [Status.WITHDRAWN, Status.ON_APPROVAL, Status.ON_APPROVAL]
