"""Comments with the same words under one post are one message of the register: which decisions keep it in work."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen, CommentsRefused
from osm.messages.acts import closing, routing
from osm.models import Comment, Message
from osm.regulation.blacklist import CommentState
from osm.regulation.words import Status
from tests.office import at

from .conftest import CIVIL, NOW, the

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def pair(add) -> tuple[Comment, Comment]:
    """In Одноклассники a comment has no address, so both have the address of their post."""
    post = {"network": "ok", "post_url": "https://ok.ru/group/1/topic/2"}
    return add(CIVIL, author="7", **post)[0], add(CIVIL, author="8", **post)[0]


def take(office, row: Comment, *, who: str = "vera", minutes: int = 0) -> Comment:
    now = NOW + timedelta(minutes=minutes)
    row = the(row.external_id)
    comments.decide([Chosen(row.id, row.version)], Choice.TAKE, actor=getattr(office, who), now=now)
    return the(row.external_id)


def undo(office, row: Comment, *, minutes: int) -> Comment:
    row = the(row.external_id)
    comments.undo(row.id, row.version, actor=office.vera, now=NOW + timedelta(minutes=minutes))
    return the(row.external_id)


def message() -> Message:
    db.session.rollback()
    return db.session.scalars(db.select(Message).execution_options(populate_existing=True)).unique().one()


@pytest.mark.parametrize("first", [0, 1])
def test_the_message_is_in_work_until_its_last_comment_is_undone(office, pair, first):
    for minutes, row in enumerate(pair):
        take(office, row, minutes=minutes)
    undo(office, pair[first], minutes=2)
    other = the(pair[1 - first].external_id)
    assert (message().status, other.state, other.message_id) == (Status.NEW, CommentState.TAKEN, message().id)
    undo(office, other, minutes=3)
    assert message().status is Status.DISMISSED


def test_taken_into_work_again_it_belongs_to_both_as_well(office, pair):
    take(office, pair[0])
    undo(office, pair[0], minutes=1)
    take(office, pair[1], minutes=2)
    take(office, pair[0], minutes=3)
    undo(office, pair[1], minutes=4)
    assert message().status is Status.NEW
    undo(office, pair[0], minutes=5)
    assert message().status is Status.DISMISSED


def test_what_is_answered_already_is_not_called_taken_into_work(office, pair):
    take(office, pair[0])
    routed = routing.route_message(
        message().id, 1, executor_id=office.boris.id, task="", actor=office.anna, now=at("25.11 09:10")
    )
    office.submitted(routed, "25.11 10:00")
    office.approved(routed, "25.11 10:10")
    office.published(routed, "25.11 10:20")
    assert message().status is Status.ANSWERED
    with pytest.raises(CommentsRefused, match=r"ответ уже дан: № .*может куратор на карточке"):
        take(office, pair[1], minutes=90)
    assert the(pair[1].external_id).state is CommentState.WAITING


def test_a_message_that_the_curator_returned_to_work_is_not_closed(office, pair):
    take(office, pair[0])
    closing.dismiss_message(message().id, 1, reason="Не к нам", actor=office.anna, now=LATER)
    closing.restore_message(message().id, 2, reason="Всё-таки к нам", actor=office.anna, now=LATER)
    with pytest.raises(CommentsRefused, match="уже работают"):
        undo(office, pair[0], minutes=2)
    assert message().status is Status.NEW


def test_returned_by_the_curator_it_stays_when_taken_and_given_back_again(office, pair):
    take(office, pair[0])
    undo(office, pair[0], minutes=1)
    closing.restore_message(message().id, 2, reason="Нужно", actor=office.anna, now=NOW + timedelta(minutes=2))
    take(office, pair[0], minutes=3)
    assert undo(office, pair[0], minutes=4).state is CommentState.WAITING
    assert message().status is Status.NEW
