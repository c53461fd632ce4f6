"""A change of a comment in the network is shown as what it is, and closes no message."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.models import Comment, CommentEdit
from osm.outbox.acts import rounds
from osm.regulation.blacklist import CommentState
from osm.regulation.words import Status
from tests.connections.conftest import CITIZEN
from tests.emulators.vk_world import ADMIN
from tests.office import at
from tests.threads.conftest import fresh, hear


def row(thread):
    return db.session.get(Comment, thread.comment_id, populate_existing=True)


def test_the_text_before_an_edit_is_kept_and_checked_again(thread, clock, anna):
    with transaction():
        row(thread).rules = "as of the first check"
    thread.world.change(thread.number, "Вы там совсем <i>обалдели</i>?")
    hear(at("17.03 09:10"))
    assert (row(thread).rules, row(thread).state) == ("", CommentState.WAITING)
    clock.set(at("17.03 09:15"))
    shown = anna.get("/moderation").text
    for words in ("Вы там совсем &lt;i&gt;обалдели&lt;/i&gt;?", "было до правки", "Когда вывезут мусор?"):
        assert words in shown, words


def test_the_card_of_a_message_has_both_texts_once(thread, clock, anna):
    message = thread.take()
    thread.world.change(thread.number, "Когда вывезут мусор и листву?")
    for when in ("17.03 09:10", "17.03 09:20"):
        hear(at(when))
        thread.world.tell("wall_reply_edit", {**thread.world.comments[thread.number], "post_owner_id": -200000001})
    clock.set(at("17.03 09:30"))
    shown = anna.get(f"/messages/{message.id}").text
    assert shown.count("Когда вывезут мусор и листву?") == 1
    assert "автор изменил комментарий в соцсети" in shown
    assert (row(thread).text, fresh(message).text) == ("Когда вывезут мусор?", "Когда вывезут мусор?")


def test_a_change_that_its_author_reverts_is_shown_too(thread, clock, anna):
    message = thread.take()
    for when, text in (("17.03 09:10", "Мусор вывезли, спасибо"), ("17.03 09:20", "Когда вывезут мусор?")):
        thread.world.change(thread.number, text)
        hear(at(when))
    thread.world.tell("wall_reply_edit", {**thread.world.comments[thread.number], "post_owner_id": -200000001})
    hear(at("17.03 09:25"))
    edits = db.session.scalars(select(CommentEdit).order_by(CommentEdit.id))
    assert [one.after for one in edits] == ["Мусор вывезли, спасибо", "Когда вывезут мусор?"]
    clock.set(at("17.03 09:30"))
    assert anna.get(f"/messages/{message.id}").text.count("Теперь в сети:") == 1


@pytest.mark.parametrize(
    ("by", "words"), [(ADMIN, "удалил модератор страницы"), (CITIZEN, "удалён автором"), (0, "не найден в сети")]
)
def test_a_deletion_is_attributed_only_by_the_network_and_closes_nothing(thread, clock, anna, by, words):
    message = thread.take()
    thread.world.delete(thread.number, by)
    hear(at("17.03 09:10"))
    clock.set(at("17.03 09:15"))
    shown = anna.get(f"/messages/{message.id}").text
    assert words in shown
    assert ("Закрыть: удалено автором</a>" in shown) == (by == CITIZEN)
    assert (fresh(message).status, row(thread).state) == (Status.IN_WORK, CommentState.TAKEN)


def test_what_we_delete_ourselves_is_ours(thread, clock, office, vera):
    chosen = [Chosen(thread.comment_id, row(thread).version)]
    comments.decide(chosen, Choice.DELETE, ground="insult", actor=office.vera, now=at("17.03 09:10"))
    rounds.run("this process", at("17.03 09:11"), WHOLE)
    hear(at("17.03 09:12"))
    clock.set(at("17.03 09:15"))
    assert "удалён нами" in vera.get("/moderation/decided").text
