"""One answer to many complaints: sent and approved once, published one by one, taken back, mended, returned."""

from __future__ import annotations

import pytest

from osm.answers.acts import drafting
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.errors import AnsweredTogether, BulkRefused, NotYours, ServiceError
from osm.base.transaction import transaction
from osm.files.acts import files
from osm.files.acts.files import Upload
from osm.groups.acts.groups import approve_group, correct_group, return_group, submit_group, withdraw_group
from osm.groups.acts.members import join_group
from osm.groups.queries import group_of
from osm.messages.acts import routing
from osm.models import AnswerGroup, Event, GroupState, Message, OverrideReason
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import ReplyKind, Status
from tests.messages.test_closing_and_files import picture
from tests.office import Office, at, breached, events, running

from .grouping import TEXT, approve, complaints, grouped, publish, seen, submit

# --- The loop


def test_one_answer_to_ten_complaints(office):
    ten = complaints(office, 10)
    group = grouped(office, ten)
    assert {m.status for m in ten} == {Status.IN_WORK}
    submit(office, group, ten)
    assert {m.status for m in ten} == {Status.ON_APPROVAL}
    texts = [m.replies[-1].drafts[-1].text for m in ten]
    assert len({text.split("Дорожная")[0] for text in texts}) > 2, "the greetings are not all the same"
    assert all(text.endswith("Дорожная служба засыплет яму на Калининской до 20 марта.") for text in texts)
    assert not any("{" in text for text in texts)
    approve(office, group, ten)
    assert {m.status for m in ten} == {Status.APPROVED}
    for n, message in enumerate(ten):
        publish(office, message, f"17.03 10:{20 + n}", n)
    assert {m.status for m in ten} == {Status.ANSWERED}
    assert len({m.replies[-1].published_url for m in ten}) == 10
    assert len({m.replies[-1].published_at for m in ten}) == 10
    assert [running(m) for m in ten] == [{}] * 10
    assert [breached(m) for m in ten] == [set()] * 10
    told = [[e.action for e in events(m)] for m in ten]
    way = ["enter", "route", "joined_group", "submit_draft", "approve_draft"]
    assert told == [[*way, "promise_made", "publish_final"], *[[*way, "publish_final"]] * 9], "controlled once"
    of_group = db.session.scalars(
        db.select(Event).where(Event.object_kind == "answer_group", Event.message_id.is_(None)).order_by(Event.id)
    )
    assert [e.action for e in of_group] == ["group_created", "group_submitted", "group_approved"]
    assert group_of(ten[0].id) is None, "what is published is free for a further answer"


def test_every_answer_has_the_photos_in_their_order(office):
    three = complaints(office, 3)
    group = grouped(office, three)
    names = ["было.png", "работы.png", "стало.png"]
    photos = [Upload(name, picture(size=(64 + n, 48))) for n, name in enumerate(names)]
    files.attach_reply_photos(three[0].id, photos, actor=office.boris, now=at("17.03 09:50"))
    submit(office, group, three)
    assert [[photo.filename for photo in message.replies[-1].attachments] for message in three] == [names] * 3


def test_a_photo_added_before_its_message_joined_goes_to_all(office):
    three = complaints(office, 3)
    routing.route_message(
        three[2].id, three[2].version, executor_id=office.boris.id, task="", actor=office.anna, now=at("17.03 09:10")
    )
    photo = [Upload("стало.png", picture())]
    files.attach_reply_photos(three[2].id, photo, actor=office.boris, now=at("17.03 09:15"))
    group = grouped(office, three)
    submit(office, group, three)
    assert [[photo.filename for photo in message.replies[-1].attachments] for message in three] == [["стало.png"]] * 3


def test_each_message_keeps_its_own_clocks(office):
    early, late = complaints(office, 1, "17.03 09:00") + complaints(office, 1, "17.03 09:20")
    routing.route_message(
        early.id, early.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("17.03 09:10")
    )
    group = grouped(office, [early, late])
    assert running(early)["answer"] == "17.03 16:58"
    assert running(late)["answer"] == "17.03 17:18"
    submit(office, group, [early, late])
    approve(office, group, [early, late])
    publish(office, early, "17.03 10:20", 1)
    assert running(early) == {}
    assert running(late) == {"answer": "17.03 17:18"}


@pytest.mark.parametrize("kind", ["interim", "clarification"])
def test_another_kind_goes_the_same_way(office, kind):
    two = complaints(office, 2)
    group = grouped(office, two)
    submit(office, group, two, kind=kind)
    approve(office, group, two)
    publish(office, two[0], "17.03 10:20", 1)
    assert two[0].replies[-1].kind == ReplyKind(kind)
    assert two[0].status is {"interim": Status.AWAITING_FINAL, "clarification": Status.AWAITING_AUTHOR}[kind]


# --- Taken back, mended, approved in spite


def test_its_sender_takes_it_back_with_late_arrivals_and_terms_continue(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    before = [running(m) for m in two]
    submit(office, group, two)
    late = complaints(office, 1, "17.03 09:40")[0]
    join_group(group.id, group.version, seen([late]), actor=office.anna, now=at("17.03 10:02"))
    three = [*two, late]
    with pytest.raises(NotYours):
        withdraw_group(group.id, group.version, seen(three), actor=office.anna, now=at("17.03 10:03"))
    assert {m.status for m in three} == {Status.ON_APPROVAL}
    withdraw_group(group.id, group.version, seen(three), actor=office.boris, now=at("17.03 10:05"))
    assert {m.status for m in three} == {Status.IN_WORK}
    assert [running(m) for m in two] == before
    assert (group.state, group.text) == (GroupState.DRAFT, TEXT)
    submit(office, group, three, "17.03 10:10")
    assert {m.status for m in three} == {Status.ON_APPROVAL}


def test_what_was_decided_is_not_taken_back(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    submit(office, group, two)
    approve(office, group, two)
    with pytest.raises(ServiceError, match="уже не ждёт"):
        withdraw_group(group.id, group.version, seen(two), actor=office.boris, now=at("17.03 10:15"))
    assert {m.status for m in two} == {Status.APPROVED}


def test_the_curator_corrects_it_and_the_executor_still_answers_for_it(office):
    three = complaints(office, 3)
    group = grouped(office, three)
    submit(office, group, three)
    mended = TEXT.replace("Дорожная служба", "МКУ «Дорожник»")
    correct_group(group.id, group.version, seen(three), text=mended, actor=office.anna, now=at("17.03 10:10"))
    drafts = [m.replies[-1].drafts[-1] for m in three]
    assert {m.status for m in three} == {Status.APPROVED}
    assert [(d.number, d.is_correction, d.author_id) for d in drafts] == [(2, True, office.ids["boris"])] * 3
    assert all("МКУ «Дорожник» засыплет" in d.text and "{" not in d.text for d in drafts)
    late = complaints(office, 1, "17.03 10:12")[0]
    join_group(group.id, group.version, seen([late]), actor=office.anna, now=at("17.03 10:15"))
    assert "МКУ «Дорожник» засыплет" in late.replies[-1].approved_draft.text


@pytest.mark.parametrize("way", ["approve", "correct"])
def test_an_unmet_criterion_wants_a_reason_whichever_way_it_is_approved(office, way):
    two = complaints(office, 2)
    group = grouped(office, two)
    bare = "{приветствие} Спасибо за сообщение."
    submit(office, group, two, text=bare)
    with pytest.raises(MissingInput) as refused:
        if way == "approve":
            approve_group(group.id, group.version, seen(two), override=None, actor=office.anna, now=at("17.03 10:10"))
        else:
            correct_group(group.id, group.version, seen(two), text=bare, actor=office.anna, now=at("17.03 10:10"))
    assert refused.value.field == "in_spite"
    assert f"№ {two[0].number}: Не хватает:" in str(refused.value)
    assert {m.status for m in two} == {Status.ON_APPROVAL}
    assert group.state is GroupState.SUBMITTED


# --- Versions


def test_the_second_of_two_people_gets_a_conflict(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    version = group.version
    submit(office, group, two)
    with pytest.raises(StaleVersion):
        submit_group(
            group.id, version, seen(two), text="Другой", kind="final", confirmed=True, actor=office.boris,
            now=at("17.03 10:05"),
        )  # fmt: skip
    assert db.session.get(AnswerGroup, group.id).text == TEXT


def test_a_member_changed_in_between_stops_all_and_is_named(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    chosen = seen(two)
    from osm.messages.acts import executors as importance

    importance.raise_importance(
        two[1].id, two[1].version, detected_at=None, reason="", actor=office.anna, now=at("17.03 09:40")
    )
    with pytest.raises(BulkRefused) as refused:
        submit_group(
            group.id, group.version, chosen, text=TEXT, kind="final", confirmed=True, actor=office.boris,
            now=at("17.03 10:00"),
        )  # fmt: skip
    assert [(one.number, one.was_changed) for one in refused.value.refusals] == [(two[1].number, True)]
    assert {m.status for m in two} == {Status.IN_WORK}


ALONE = [
    lambda o, m: office_submit(o, m),
    lambda o, m: routing.reroute_message(
        m.id, m.version, executor_id=o.nina.id, task="", actor=o.anna, now=at("17.03 10:00")
    ),
]


def office_submit(office: Office, message: Message) -> None:
    office.submitted(message, "17.03 10:00")


@pytest.mark.parametrize("alone", ALONE, ids=["submit", "reroute"])
def test_a_member_is_not_worked_on_alone(office, alone):
    two = complaints(office, 2)
    group = grouped(office, two)
    with pytest.raises(AnsweredTogether) as refused:
        alone(office, two[0])
    assert refused.value.group_id == group.id
    assert two[0].status is Status.IN_WORK


def test_a_version_of_a_member_is_not_decided_alone(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    submit(office, group, two)
    draft = drafting.submitted_draft(two[0])
    with pytest.raises(AnsweredTogether):
        approval.approve_draft(two[0].id, two[0].version, draft_id=draft.id, actor=office.anna, now=at("17.03 10:10"))
    with pytest.raises(AnsweredTogether):
        drafting.withdraw_draft(two[0].id, two[0].version, actor=office.boris, now=at("17.03 10:10"))


# --- Returned, taken back


def test_a_returned_answer_is_reworked_by_all_within_an_hour(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    submit(office, group, two)
    return_group(group.id, group.version, seen(two), remarks="Кто?", actor=office.anna, now=at("17.03 10:10"))
    assert (group.state, group.remarks) == (GroupState.DRAFT, "Кто?")
    assert [running(m)["rework"] for m in two] == ["17.03 11:10"] * 2
    submit(office, group, two, "17.03 10:30")
    assert [m.replies[-1].drafts[-1].number for m in two] == [2, 2]


def test_an_approval_is_taken_back_from_what_is_not_published(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    submit(office, group, two)
    approve(office, group, two)
    publish(office, two[0], "17.03 10:20", 1)
    return_group(group.id, group.version, seen(two), remarks="Не та дата", actor=office.anna, now=at("17.03 10:30"))
    assert [m.status for m in two] == [Status.ANSWERED, Status.REWORK]


# --- What is asked for


def test_a_field_that_stays_empty_names_its_message(office):
    two = complaints(office, 2)
    with transaction():
        two[0].place = "Калининская, 12"
    group = grouped(office, two)
    with pytest.raises(MissingInput) as refused:
        submit(office, group, two, text="{приветствие} По адресу {адрес} засыплем до 20 марта.")
    assert refused.value.field == "text"
    assert two[1].number in str(refused.value)
    assert {m.status for m in two} == {Status.IN_WORK}


def test_an_unmet_criterion_asks_the_curator_for_a_reason_once(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    submit(office, group, two, text="Разберёмся.")
    with pytest.raises(MissingInput) as refused:
        approve_group(group.id, group.version, seen(two), override=None, actor=office.anna, now=at("17.03 10:10"))
    assert refused.value.field == "in_spite"
    approve(office, group, two)
    assert all(m.replies[-1].drafts[-1].exception.reason is OverrideReason.IS_THERE for m in two)


def test_the_curator_enters_it_for_the_executor_and_another_executor_does_not(office):
    two = complaints(office, 2)
    group = grouped(office, two)
    with pytest.raises(MissingInput) as refused:
        submit(office, group, two, actor=office.anna)
    assert refused.value.field == "received_by"
    with pytest.raises(BulkRefused) as refused_too:
        submit(office, group, two, actor=office.nina, received_by="в чате")
    assert "не вам" in refused_too.value.refusals[0].words
    submit(office, group, two, actor=office.anna, received_by="в чате")
    assert two[0].replies[-1].drafts[-1].received_by == "в чате"
