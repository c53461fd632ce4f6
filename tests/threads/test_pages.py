"""The card and «Ждёт меня» show what was heard in a thread with its two buttons; each does it once."""

from __future__ import annotations

from sqlalchemy import select

from osm.base.database import db
from osm.models import Answering, Connection
from osm.regulation.words import Status
from osm.threads.queries import offers_of
from tests.emulators.vk_world import ADMIN
from tests.office import at
from tests.threads.conftest import fresh
from tests.threads.test_offers import ANSWER, ASKED, CITIZEN, offered


def test_from_our_clarification_to_the_author_s_answer_in_two_presses(thread, clock, anna, boris, office):
    message = thread.take()
    thread.approve(ASKED, kind="clarification")
    asked = thread.write("17.03 11:30", thread.world.owner, "Уточните дом")
    clock.set(at("17.03 12:00"))
    card = f"/messages/{message.id}"
    for shown in (anna.get(card), anna.get("/"), anna.get(f"{card}/publish")):
        for words in ("Ответ уже стоит в соцсети?", "Уточните дом", "Текст там отличается от согласованного"):
            assert words in shown.text, words
    (form,) = {one.id for one in offers_of(message.id)}
    said = anna.submit(f"{card}/offers/{form}", {"version": fresh(message).version, "back": "/"})
    assert (said.status_code, said.location) == (303, "/")
    assert fresh(message).status is Status.AWAITING_AUTHOR
    thread.write("17.03 13:00", CITIZEN, "<b>Калининская</b>, 12", under=asked)
    clock.set(at("17.03 13:05"))
    shown = anna.get(card).text
    assert "Автор ответил?" in shown
    assert "&lt;b&gt;Калининская&lt;/b&gt;, 12" in shown
    (form,) = {one.id for one in offers_of(message.id)}
    old = anna.submit(f"{card}/offers/{form}", {"version": 1})
    assert "Не выполнено" in anna.get(old.location).text
    anna.submit(f"{card}/offers/{form}/no", {"version": fresh(message).version})
    assert (fresh(message).status, offered(message)) == (Status.AWAITING_AUTHOR, [])
    assert "Автор ответил?" not in anna.get(card).text
    assert boris.submit(f"{card}/offers/{form}/no", {"version": 1}).status_code == 403


def test_the_setting_is_on_the_page_of_its_account(thread, dina):
    shown = dina.get("/admin/pages/1").text
    assert "Ответ автора под нашим запросом" in shown
    dina.submit("/admin/pages/1/ways", {"version": 1, "publish": "ask", "moderate": "auto", "answers": "auto"})
    db.session.rollback()
    assert db.session.scalars(select(Connection.answers)).one() is Answering.AUTO


def test_an_answer_by_an_administrator_names_him(thread, clock, anna):
    message = thread.take()
    thread.approve(ANSWER)
    thread.world.tell("user_block", {"admin_id": ADMIN, "user_id": 5, "unblock_date": 0, "reason": 0, "comment": ""})
    thread.write("17.03 11:10", ADMIN, ANSWER)
    clock.set(at("17.03 11:20"))
    assert "Ирина Сотова" in anna.get(f"/messages/{message.id}").text
