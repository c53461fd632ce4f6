"""One comment that comes through «Инцидент Менеджмент» and through its page is one card, whichever comes first."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.connectors.hearing import name_at
from osm.imports.acts.recall import WorkedOn, recall_run
from osm.messages.acts import entry
from osm.models import Comment, Deadline, Message
from osm.networks.pages import comment_at
from osm.regulation.blacklist import CommentState
from tests.connections.conftest import CITIZEN
from tests.connectors.conftest import reader_inside
from tests.connectors.files import incident
from tests.imports.desk import export, load
from tests.office import at
from tests.threads.conftest import hear

__all__ = ["reader_inside"]
NAME = "-200000001_348"
FORMS = (
    "https://vk.com/wall-200000001_{post}?reply={comment}",
    "https://vk.com/wall-200000001_{post}?reply={comment}&thread={comment}",
    "http://m.vk.com/wall-200000001_{post}?reply={comment}&utm_source=im",
    "https://vk.ru/wall-200000001_{post}?thread=7&reply={comment}",
    "vk.com/club200000001?w=wall-200000001_{post}_r{comment}",
)


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_of_an_address_name_one_comment(form):
    assert name_at(form.format(post=12, comment=348)) == NAME


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://vk.com/topic-200000001_5?post=9", "discussion:-200000001_5_9"),
        ("https://vk.com/photo-200000001_5?reply=9", "photo_comment:-200000001_5_9"),
        ("https://ok.ru/group/55/topic/66?comment=77", "66_77"),
        ("https://vk.com/wall-200000001_12", ""),
        ("https://vk.com/wall100500_12?reply=3", ""),
        ("https://t.me/channel/12", ""),
        ("не ссылка", ""),
        ("", ""),
    ],
)
def test_what_names_no_comment_of_a_community_has_no_name(url, name):
    assert name_at(url) == name
    assert (comment_at(url) is None) == (name == "")


def bring(thread, form=FORMS[0], when="17.03 10:00", text="Когда вывезут мусор?", comment=None):
    """The export of «Инцидент Менеджмент» with this comment."""
    link = form.format(post=thread.post, comment=comment or thread.number)
    received = {"Дата публикации": "17.03.2026 08:30", "Дата поступления": "17.03.2026 09:30"}
    row = incident(501, Ссылка=link, Текст=text, Автор="Анна Тестова", **received)
    loaded = load(export(row), now=at(when))
    thread.run_id = loaded.run_id
    return loaded.counts


def registered():
    db.session.rollback()
    clocks = {one.message_id for one in db.session.scalars(select(Deadline))}
    found = db.session.scalars(select(Message).order_by(Message.id)).all()
    assert clocks == {one.id for one in found}
    return [one.number for one in found]


def state(thread):
    row = db.session.get(Comment, thread.comment_id, populate_existing=True)
    return row.state, row.message_id is not None


@pytest.mark.parametrize("form", FORMS)
def test_a_waiting_comment_leaves_the_queue_when_the_export_brings_it(thread, reader_inside, form):
    assert bring(thread, form) == {"created": 1}
    assert (registered(), state(thread)) == (["501"], (CommentState.TAKEN, True))
    assert bring(thread, form, "17.03 11:00") == {"unchanged": 1}


def test_a_comment_in_work_stays_the_one_card_with_any_text(thread, reader_inside):
    message = thread.take()
    clocks = {one.kind: one.due_at for one in message.deadlines}
    assert bring(thread, FORMS[1], text="Когда вывезут мусор, листву и ветки?") == {"updated": 1}
    assert registered() == ["501"]
    found = db.session.get_one(Message, message.id)
    assert (found.number, {one.kind: one.due_at for one in found.deadlines}) == ("501", clocks)


def test_one_that_the_export_brought_first_never_enters_the_queue(thread, reader_inside, office):
    number = max(thread.world.comments) + 1
    assert bring(thread, FORMS[3], comment=number) == {"created": 1}
    thread.world.now = int(at("17.03 10:30").timestamp())
    assert thread.world.write(thread.post, CITIZEN, "Когда вывезут мусор?") == number
    hear(at("17.03 10:31"))
    heard = db.session.scalars(select(Comment).order_by(Comment.id.desc())).first()
    assert (heard.state, heard.message.number) == (CommentState.TAKEN, "501")
    assert registered() == ["501"]


def test_one_that_somebody_enters_by_hand_leaves_the_queue_too(thread, office):
    url = FORMS[2].format(post=thread.post, comment=thread.number)
    entry.enter_message(text="Мусор", network="", url=url, actor=office.anna, now=at("17.03 10:00"))
    assert state(thread) == (CommentState.TAKEN, True)


def test_a_recalled_load_returns_the_comment_to_the_queue(thread, office, reader_inside):
    bring(thread)
    recall_run(thread.run_id, actor=office.anna, now=at("17.03 10:30"))
    db.session.rollback()
    assert state(thread) == (CommentState.WAITING, False)
    assert bring(thread, when="17.03 11:00") == {"created": 1}
    assert state(thread) == (CommentState.TAKEN, True)
    with transaction():
        db.session.get_one(Comment, thread.comment_id).decided_by_id = office.ids["vera"]
    with pytest.raises(WorkedOn):
        recall_run(thread.run_id, actor=office.anna, now=at("17.03 11:30"))


def test_what_was_deleted_stays_deleted(thread, office, reader_inside):
    row = db.session.get(Comment, thread.comment_id)
    chosen = [Chosen(row.id, row.version)]
    comments.decide(chosen, Choice.DELETE, ground="insult", actor=office.vera, now=at("17.03 09:30"))
    assert bring(thread) == {"created": 1}
    assert state(thread) == (CommentState.DELETED, False)
