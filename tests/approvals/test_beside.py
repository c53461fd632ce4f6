"""What waits for approval before and behind a version, and where its buttons and pictures lead."""

from __future__ import annotations

import re

from osm.approvals import acts as approval
from osm.approvals.queries import beside
from osm.files.acts import files
from osm.files.acts.files import Upload
from osm.regulation.words import Status
from tests.answers.conftest import photo
from tests.desk import NOW
from tests.office import at


def test_the_next_and_the_previous_are_one_press_away(desk, anna):
    first, second, third = (desk.in_status(Status.ON_APPROVAL) for _ in range(3))
    page = anna.get(f"/approvals/{second.id}").text
    assert re.search(rf'rel="prev" href="/approvals/{first.id}"', page)
    assert re.search(rf'rel="next" href="/approvals/{third.id}"', page)
    assert "2 из 3" in page
    assert 'rel="prev"' not in anna.get(f"/approvals/{first.id}").text
    assert 'rel="next"' not in anna.get(f"/approvals/{third.id}").text


def test_after_a_decision_one_continues_to_what_waits(desk, anna):
    decided, waits = desk.in_status(Status.APPROVED), desk.in_status(Status.ON_APPROVAL)
    found = beside(decided.id)
    assert (found.place, found.total, found.before) == (0, 1, None)
    assert found.behind is not None
    assert found.behind.message_id == waits.id
    page = anna.get(f"/approvals/{decided.id}").text
    assert f'rel="next" href="/approvals/{waits.id}"' in page
    assert "approve-form" not in page


def test_alone_there_is_nowhere_to_go(desk, anna):
    page = anna.get(f"/approvals/{desk.in_status(Status.ON_APPROVAL).id}").text
    assert "Что ждёт согласования" not in page
    assert 'form="approve-form"' in page


def test_what_was_changed_is_read_before_the_message(desk, anna):
    message = desk.in_status(Status.ON_APPROVAL, text="Когда засыплют яму?")
    before = anna.get(f"/approvals/{message.id}").text
    assert before.index("message-title") < before.index("draft-title")
    draft = message.replies[-1].drafts[-1]
    approval.return_draft(
        message.id, message.version, draft_id=draft.id, remarks="Срок", actor=desk.anna, now=at("25.11 10:35")
    )
    desk.submitted(message, "25.11 10:45", "Здравствуйте! Яму засыпали 24 ноября.")
    after = anna.get(f"/approvals/{message.id}").text
    assert after.index("difference") < after.index("Текст без пометок") < after.index("message-title")


def test_a_picture_links_to_its_copy_and_that_to_the_file(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    (row,) = files.attach_reply_photos(message.id, [Upload("Яма.png", photo()[0].read())], actor=desk.boris, now=NOW)
    desk.submitted(message, "25.11 10:50")
    page = anna.get(f"/approvals/{message.id}").text
    assert f'<a href="/files/{row.id}/small" data-photo="/files/{row.id}">' in page
