"""A comment is taken into work as a message, undone, and taken into work again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen, CommentsRefused
from osm.models import Message
from osm.regulation.blacklist import CommentState
from osm.regulation.words import DeadlineState, Status

from .conftest import CIVIL, NOW, the
from .deciding import LATER, decide


def test_a_comment_becomes_a_message_with_its_link_author_and_clock(office, add):
    (row,) = add(CIVIL)
    row = decide(office, row, Choice.TAKE)
    message = db.session.get_one(Message, row.message_id)
    assert row.state is CommentState.TAKEN
    assert (message.text, message.url, message.author_id) == (CIVIL, row.url, row.author_id)
    assert (message.status, message.published_at) == (Status.NEW, row.published_at)
    assert message.deadlines


def test_the_moderator_takes_his_entry_back_until_work_has_begun_on_it(office, add):
    (row,) = add(CIVIL)
    row = decide(office, row, Choice.TAKE)
    number = row.message_id
    comments.undo(row.id, row.version, actor=office.vera, now=LATER)
    db.session.expire_all()
    assert db.session.get_one(Message, number).status is Status.DISMISSED
    assert (the(row.external_id).state, the(row.external_id).message_id) == (CommentState.WAITING, None)


def test_taken_again_after_an_undo_the_message_is_in_work_again(office, add):
    (row,) = add(CIVIL)
    for minute in (0, 2):
        start = NOW + timedelta(minutes=minute)
        row = comments.decide([Chosen(row.id, row.version)], Choice.TAKE, actor=office.vera, now=start)[0]
        number = row.message_id
        assert db.session.get_one(Message, number).status is Status.NEW
        # By a colleague: a message may not stay in work because of an undone decision.
        comments.undo(row.id, row.version, actor=office.anna, now=start + timedelta(minutes=1))
        db.session.expire_all()
        assert db.session.get_one(Message, number).status is Status.DISMISSED
        row = the(row.external_id)
    row = comments.decide([Chosen(row.id, row.version)], Choice.TAKE, actor=office.vera, now=LATER)[0]
    message = db.session.get_one(Message, row.message_id)
    assert (message.status, message.closed_at) == (Status.NEW, None)
    assert any(one.state is DeadlineState.OPEN for one in message.deadlines)


def test_what_people_have_closed_is_not_called_taken_into_work(office, add):
    from osm.messages.acts import closing

    (row,) = add(CIVIL)
    row = decide(office, row, Choice.TAKE)
    comments.undo(row.id, row.version, actor=office.vera, now=LATER)
    message = db.session.get_one(Message, db.session.scalars(db.select(Message.id)).one())
    closing.restore_message(message.id, message.version, reason="Нужно", actor=office.anna, now=LATER)
    closing.dismiss_message(message.id, message.version, reason="Это не к нам", actor=office.anna, now=LATER)
    row = the(row.external_id)
    with pytest.raises(CommentsRefused, match=r"уже закрыто: № .*«Реагирование не требуется»"):
        comments.decide([Chosen(row.id, row.version)], Choice.TAKE, actor=office.vera, now=LATER)
    db.session.expire_all()
    assert the(row.external_id).state is CommentState.WAITING


def test_a_message_that_is_worked_on_is_not_taken_back(office, add):
    from osm.messages.acts import routing

    (row,) = add(CIVIL)
    row = decide(office, row, Choice.TAKE)
    message = db.session.get_one(Message, row.message_id)
    routing.route_message(
        message.id, message.version, executor_id=office.boris.id, task="", actor=office.anna, now=LATER
    )
    with pytest.raises(CommentsRefused, match="уже работают"):
        comments.undo(row.id, row.version, actor=office.vera, now=LATER)
    assert the(row.external_id).state is CommentState.TAKEN
