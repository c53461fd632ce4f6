"""«Эту жалобу прислали ещё N раз»: links on the card for people who may open them; it has no other effect."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import copies, due
from osm.check.acts.verdicts import digest
from osm.models import Comment, Message, MessageLink, ReadingKind
from osm.regulation.words import Status
from tests.desk import NOW
from tests.likeness.wave import CIVIL, DISGUISES

COMPLAINT = CIVIL[0]


@pytest.fixture
def three(desk) -> list[Message]:
    """One complaint three times, once disguised, and another matter in nearly the same words."""
    found = [
        desk.in_status(Status.IN_WORK, text=COMPLAINT),
        desk.in_status(Status.ANSWERED, text=COMPLAINT),
        desk.in_status(Status.NEW, text=DISGUISES["look-alikes"](COMPLAINT)),
    ]
    desk.in_status(Status.NEW, text=CIVIL[1])
    copies.read_due(NOW)
    return [desk.again(message) for message in found]


def comment(text: str) -> int:
    with transaction() as session:
        stored = Comment(network="vk", external_id="-1_1", text=text, text_digest=digest(text), stored_at=NOW)
        session.add(stored)
        session.flush()
        due.enqueue_comments([stored.id], [ReadingKind.COPIES])
    copies.read_due(NOW)
    return stored.id


@pytest.mark.parametrize("login", ["anna", "vera", "gleb"])
def test_the_card_names_the_others(three, request, login):
    page = request.getfixturevalue(login).get(f"/messages/{three[0].id}").text
    part = page.split('id="copied"')[1].split("</section>")[0]
    assert "Этот текст прислали ещё 2 раза" in part
    assert all(f'href="/messages/{other.id}"' in part for other in three[1:])
    assert f'href="/messages/{three[0].id}"' not in part


def test_an_executor_sees_nothing_of_other_messages(three, boris):
    page = boris.get(f"/messages/{three[0].id}")
    assert page.status_code == 200
    assert 'id="copied"' not in page.text


def test_copies_by_others_are_no_repeats(three):
    assert db.session.scalars(db.select(Message.is_repeat)).all() == [False] * 4
    assert db.session.scalars(db.select(MessageLink)).all() == []


def test_a_message_without_copies_mentions_none(desk, anna):
    message = desk.in_status(Status.NEW, text=COMPLAINT)
    copies.read_due(NOW)
    assert 'id="copied"' not in anna.get(f"/messages/{message.id}").text


def test_comments_with_the_same_text_are_counted_for_the_press_centre(three, vera, gleb):
    number = comment(COMPLAINT)
    page = vera.get(f"/messages/{three[0].id}").text
    assert "Этот текст прислали ещё 3 раза" in page
    assert f'href="/moderation/{number}/copies"' in page
    assert "/moderation/" not in gleb.get(f"/messages/{three[0].id}").text.split('id="copied"')[1]
