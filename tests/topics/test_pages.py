"""The pages of topics, and where a suggestion is shown: routing, a new message, the report of an import."""

from __future__ import annotations

import re

import pytest

from osm.base.database import db
from osm.models import Topic
from osm.regulation.words import Status
from osm.topics import acts
from tests.desk import NOW
from tests.messages.test_route import chosen
from tests.page_reading import proposed_executor

NEW = {"name": "Ямы", "department_id": "", "words": "яма, грейдер"}


@pytest.fixture
def words(desk):
    """«яма» suggests «Ремонт дорог», the topic of Roman's department."""
    topic = db.session.get_one(Topic, desk.topics["Ремонт дорог"])
    acts.edit_topic(
        topic.id, topic.version, name=topic.name, department_id=topic.department_id, words="яма", actor=None, now=NOW
    )
    return topic.id


def test_a_topic_is_added_tried_edited_and_put_away(app, dina):
    page = dina.submit("/admin/topics", NEW).location
    tried = dina.htmx("/admin/topics/try", {"text": "Ямы на дороге"}).text
    assert "Ямы</strong>. Подсказали слова: ямы." in " ".join(tried.split())
    assert "Подсказали" in dina.submit("/admin/topics/try", {"text": "Ямы на дороге"}).text
    assert dina.submit(page, {**NEW, "words": "яма", "version": 1}).location == page
    late = dina.submit(page, {**NEW, "words": "грейдер", "version": 1})
    assert late.status_code == 409
    assert "грейдер</textarea>" in late.text
    assert "Сейчас записано: яма." in late.text
    wrong = dina.submit(page, {**NEW, "words": "яма!!", "version": 2})
    assert wrong.status_code == 422
    assert "«яма!!»" in wrong.text
    assert dina.submit(f"{page}/archive", {"version": 2}).location == page
    assert "Вернуть в список" in dina.get(page).text
    assert dina.submit(f"{page}/restore", {"version": 3}).location == page
    assert dina.get("/admin/topics/999").status_code == 404


def test_the_ready_topics_are_one_button(desk, dina):
    count = len(acts.starter_topics()) - 2  # the desk has two of them
    assert f"Добавить готовые темы: {count}" in dina.get("/admin/topics").text
    assert f"Готово: {count + 2} темы" in dina.submit("/admin/topics/starter", follow_redirects=True).text
    assert "Добавить готовые темы" not in dina.get("/admin/topics").text


def test_card_and_list_have_the_suggested_topic_and_executor_selected(desk, anna, words):
    message = desk.in_status(Status.NEW, text="Опять яма")
    card = anna.get(f"/messages/{message.id}").text
    assert chosen(card, "route-topic") == str(words)
    assert "Подсказана по словам: яма." in card
    rows = anna.get("/").text
    several = anna.get(f"/messages/{message.id}/executors").text
    assert several.index("Роман") < several.index("Борис"), "the department of the topic stands on top"
    assert chosen(several, "executor_id2") == ""
    for page, select_id in ((card, "route-executor"), (several, "executor_id1")):
        assert chosen(page, select_id) == str(desk.ids["roman"])
    assert proposed_executor(rows, message.id) == str(desk.ids["roman"])
    assert "тема по словам: Ремонт дорог" in rows
    form = {"executor_id": desk.ids["roman"], "suggested_topic_id": words, "back": "inbox", "version": 1}
    anna.submit(f"/messages/{message.id}/route", form)
    assert desk.again(message).topic_id == words


def test_an_existing_topic_stays_selected_and_the_other_is_named(desk, anna, words):
    message = desk.in_status(Status.NEW, text="Опять яма")
    desk.give_topic(message, "Отопление")
    card = anna.get(f"/messages/{message.id}").text
    assert chosen(card, "route-topic") == str(desk.topics["Отопление"])
    assert "похоже на тему «Ремонт дорог»" in card
    assert "по словам" not in anna.get("/").text


def test_while_one_types_the_topic_follows_until_one_is_chosen_by_hand(desk, vera, words):
    def field(**sent):
        page = vera.htmx("/messages/new/topic", sent).text
        return chosen(page, "topic_id"), re.search(r'name="topic_suggested" value="(\d*)"', page)[1]

    other = str(desk.topics["Отопление"])
    assert field(text="Яма", topic_id="", topic_suggested="") == (str(words), str(words))
    assert field(text="Уже ничего", topic_id=str(words), topic_suggested=str(words)) == ("", "")
    assert field(text="Яма", topic_id=other, topic_suggested=str(words)) == (other, "")
    assert field(text="Яма", topic_id=other, topic_suggested="") == (other, "")
