"""A message of a common answer is closed while the others are prepared; later it may be restored."""

from __future__ import annotations

from datetime import datetime

import pytest

from osm.answers.acts import drafting
from osm.base.database import db
from osm.base.transaction import transaction
from osm.files.acts import files
from osm.groups.acts.groups import return_group
from osm.groups.acts.members import leave_group
from osm.groups.queries import group_of
from osm.jobs.lanes import CLOCKS
from osm.messages.acts import closing, routing
from osm.models import Attachment, DraftText, GroupMember, Message, Purpose
from osm.regulation.words import Status
from tests.groups.grouping import approve, complaints, grouped, seen, submit
from tests.groups.test_groups import begin, fresh, rows, send
from tests.office import Office, at
from tests.pictures import picture

TYPED = "{приветствие} Засыплем"


def withdraw(office: Office, message: Message, now: datetime) -> None:
    closing.mark_withdrawn(message.id, message.version, note="", actor=office.anna, now=now)


@pytest.mark.parametrize("which", [0, 1])
def test_its_executor_goes_on_with_the_others(desk, anna, boris, clock, which):
    three = [desk.in_status(Status.NEW) for _ in range(3)]
    page = begin(anna, desk, three)
    withdraw(desk, fresh(three[which]), clock.now())
    assert 'name="text"' in boris.get(page).text
    left = [message for message in three if message is not three[which]]
    assert send(boris, left).status_code == 303
    assert [fresh(message).status for message in left] == [Status.ON_APPROVAL] * 2


@pytest.mark.parametrize("how", ["withdrawn", "left"])
def test_what_was_typed_and_the_photos_stay_with_the_others(office, how):
    three = complaints(office, 3)
    group = grouped(office, three)
    first, when = three[0].replies[-1], at("17.03 09:40")
    drafting.save_text(first.id, text=TYPED, seen_at=None, actor=office.boris, now=when)
    with transaction():
        photo = files.checked([files.Upload("яма.png", picture())])
        files.store(photo, message=three[0], reply=first, purpose=Purpose.REPLY, actor=office.boris, now=when)
    if how == "withdrawn":
        withdraw(office, three[0], at("17.03 09:50"))
    else:
        given = {"message_version": three[0].version, "reason": "Другая", "actor": office.anna}
        leave_group(group.id, group.version, three[0].id, **given, now=at("17.03 09:50"))
    assert drafting.draft_text(three[1].replies[-1].id, office.boris).text == TYPED
    submit(office, group, three[1:])
    assert {row.message_id for row in db.session.scalars(db.select(Attachment))} == {message.id for message in three}


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_restored_it_is_answered_alone(office, sent):
    three = complaints(office, 3)
    group = grouped(office, three)
    if sent:
        submit(office, group, three)
    if sent == 2:
        approve(office, group, three)
    withdraw(office, three[0], at("17.03 10:20"))
    one = closing.restore_message(
        three[0].id, three[0].version, reason="Ошибка", actor=office.anna, now=at("17.03 10:25")
    )
    assert group_of(one.id) is None
    routing.route_message(
        one.id, one.version, executor_id=office.nina.id, task="", actor=office.anna, now=at("17.03 10:30")
    )
    office.submitted(one, "17.03 10:40", actor=office.nina)
    assert one.status is Status.ON_APPROVAL
    assert group_of(three[1].id) == group.id


@pytest.mark.parametrize("how", ["withdrawn", "left"])
def test_an_open_editor_goes_on_saving_for_the_others(desk, anna, boris, clock, how):
    three = [desk.in_status(Status.NEW) for _ in range(3)]
    page = begin(anna, desk, three)
    first = fresh(three[0])
    typed = {"screen": "group", "reply_id": first.replies[-1].id, "text": TYPED, "saved_at": ""}
    if how == "withdrawn":
        withdraw(desk, first, clock.now())
    else:
        anna.submit(f"{page}/leave/{first.id}", {"group_version": 1, "version": first.version, "reason": "Другая"})
    assert boris.htmx(f"/messages/{first.id}/answer/text", typed).status_code == 200
    assert TYPED in boris.get(page).text
    beside = boris.submit(f"/messages/{first.id}/answer/text", {**typed, "text": "Другое окно"})
    assert (beside.status_code, "Другое окно" in beside.text) == (409, True)


def test_one_with_a_lower_number_joins_and_the_typed_text_stays(desk, anna, boris):
    three = [desk.in_status(Status.NEW) for _ in range(3)]
    page = begin(anna, desk, three[1:])
    first = fresh(three[1])
    typed = {"screen": "group", "reply_id": first.replies[-1].id, "text": TYPED, "saved_at": ""}
    boris.htmx(f"/messages/{first.id}/answer/text", typed)
    joined = anna.submit(f"{page}/join", {"group_version": 1, "row": rows(three[:1])})
    assert joined.status_code == 303
    assert TYPED in boris.get(page).text


def test_what_the_next_had_typed_alone_does_not_hide_the_common_text(desk, anna, boris, clock):
    two = [desk.in_status(Status.IN_WORK) for _ in range(2)]
    boris.htmx(f"/messages/{two[1].id}/answer/text", {"screen": "answer", "text": "Один", "saved_at": ""})
    page = begin(anna, desk, two)
    boris.htmx(f"/messages/{two[0].id}/answer/text", {"screen": "group", "text": TYPED, "saved_at": ""})
    withdraw(desk, fresh(two[0]), clock.now())
    assert TYPED in boris.get(page).text


def test_a_photo_removed_after_the_return_goes_from_all(office):
    three = complaints(office, 3)
    group = grouped(office, three)
    photo = [files.Upload("яма.png", picture())]
    files.attach_reply_photos(three[0].id, photo, actor=office.boris, now=at("17.03 09:40"))
    submit(office, group, three)
    return_group(group.id, group.version, seen(three), remarks="Не то фото", actor=office.anna, now=at("17.03 10:10"))
    (shown,) = three[0].attachments
    files.remove_reply_photo(shown.id, actor=office.boris, now=at("17.03 10:15"))
    submit(office, group, three, "17.03 10:20")
    assert db.session.scalars(db.select(Attachment)).all() == []


@pytest.mark.parametrize("restored", [False, True])
def test_one_that_version_1_0_closed_leaves_when_the_worker_begins(office, restored):
    three = complaints(office, 3)
    group = grouped(office, three)
    drafting.save_text(three[0].replies[-1].id, text=TYPED, seen_at=None, actor=office.boris, now=at("17.03 09:40"))
    withdraw(office, three[0], at("17.03 09:50"))
    with transaction():
        db.session.execute(db.update(GroupMember).values(left_at=None))
        db.session.execute(db.delete(DraftText).where(DraftText.reply_id != three[0].replies[-1].id))
    if restored:
        closing.restore_message(
            three[0].id, three[0].version, reason="Ошибка", actor=office.anna, now=at("17.03 10:00")
        )
    CLOCKS.begin()
    assert [group_of(message.id) for message in three] == [None, group.id, group.id]
    assert drafting.draft_text(three[1].replies[-1].id, office.boris).text == TYPED
