"""П.17 is visible in every place of work: marks and «Исключить» on the rows; bulk acts and routing ask once."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.check.acts import verdicts
from osm.check.acts.verdicts import MarkedFirst
from osm.check.queries import surest_ground
from osm.messages.acts import routing
from osm.models import FindingReply, Message, MessageVerdict
from osm.regulation.words import Ground, Status
from tests.desk import NOW, Desk

pytestmark = pytest.mark.usefixtures("answers_marked")
"""By the letter of П.17 nothing is asked: `test_findings` says what happens then."""

RUDE = "Вы там все сволочи, когда дорогу сделаете?"
MARK = "предлагается исключить: оскорбление"


@pytest.fixture
def rude(desk: Desk) -> Message:
    message = desk.in_status(Status.NEW, text=RUDE)
    desk.in_status(Status.NEW, text="Яма на Лазо, 7")
    verdicts.read_due(NOW)
    return desk.again(message)


def route(browser, desk: Desk, message: Message, **more: object):
    form = {"version": message.version, "executor_id": desk.boris.id, "task": "Узнайте", **more}
    return browser.submit(f"/messages/{message.id}/route", form)


@pytest.mark.parametrize("address", ["/", "/messages"])
def test_the_row_says_what_the_check_proposes(desk, rude, anna, address):
    page = anna.get(address).text
    assert page.count(MARK) == 1
    assert "Исключить" in page
    verdict = db.session.get(MessageVerdict, rude.id)
    verdicts.reply_to_findings(rude.id, verdict.version, reply=FindingReply.WRONG, actor=desk.anna, now=NOW)
    assert MARK not in anna.get(address).text, "a person has judged"


def test_from_the_row_it_is_excluded_by_one_press(desk, rude, anna):
    page = anna.get("/").text
    assert f'action="/messages/{rude.id}/exclude"' in page
    given = {"version": rude.version, "back": "inbox", "ground": "insult"}
    assert anna.submit(f"/messages/{rude.id}/exclude", given).status_code == 303
    assert desk.again(rude).status is Status.EXCLUDED


def test_routing_asks_once_and_keeps_what_was_typed(desk, rude, anna):
    asked = route(anna, desk, rude)
    assert asked.status_code == 422
    assert "Проверка предлагает исключить сообщение: оскорбительные выражения (п. 17)" in asked.text
    assert "Узнайте" in asked.text
    assert 'name="marked_seen" value="1"' in asked.text
    assert desk.again(rude).status is Status.NEW
    assert route(anna, desk, rude, marked_seen="1").status_code == 303
    assert desk.again(rude).status is Status.IN_WORK


def test_the_row_asks_in_its_place(desk, rude, anna):
    form = {"version": rude.version, "executor_id": desk.boris.id, "back": "inbox"}
    asked = anna.htmx(f"/messages/{rude.id}/route", form)
    assert asked.status_code == 422
    assert "Всё равно направить" in asked.text
    assert 'name="marked_seen" value="1"' in asked.text
    assert f'<option value="{desk.boris.id}" selected' in asked.text


def test_several_executors_ask_too(desk, rude, anna):
    form = {
        "version": rude.version, "rows": "2", "executor_id1": desk.boris.id, "order1": "1",
        "executor_id2": desk.roman.id, "order2": "1",
    }  # fmt: skip
    asked = anna.submit(f"/messages/{rude.id}/executors", form)
    assert asked.status_code == 422
    assert 'name="marked_seen" value="1"' in asked.text
    assert anna.submit(f"/messages/{rude.id}/executors", {**form, "marked_seen": "1"}).status_code == 303


def test_many_at_once_name_how_many_are_marked_and_which(desk, rude, anna):
    other = db.session.scalars(db.select(Message).where(Message.id != rude.id)).first()
    form = {"row": [f"{one.id}:{one.version}" for one in (rude, other)], "executor_id": desk.boris.id, "query": ""}
    asked = anna.submit("/messages/bulk/route", form)
    assert asked.status_code == 422
    assert f"Проверка предлагает исключить 1 из 2 отмеченных (п. 17): № {rude.number}." in asked.text
    assert {desk.again(one).status for one in (rude, other)} == {Status.NEW}, "all or nothing"
    assert anna.submit("/messages/bulk/route", {**form, "marked_seen": "1"}).status_code == 303
    assert {desk.again(one).status for one in (rude, other)} == {Status.IN_WORK}


def test_what_is_only_to_be_looked_at_is_routed_without_a_question(desk):
    message = desk.in_status(Status.NEW, text="Яма на Лазо, 7")
    verdicts.read_due(NOW)
    say = {"executor_id": desk.boris.id, "task": "", "actor": desk.anna, "now": NOW}
    routing.route_message(message.id, desk.again(message).version, **say)
    assert desk.again(message).status is Status.IN_WORK


def test_the_surest_ground_is_proposed(desk, rude):
    found = [{"category": "spam", "severity": "medium"}, {"category": "insult", "severity": "high"}]
    assert surest_ground(found) is Ground.INSULT
    with pytest.raises(MarkedFirst):
        routing.route_message(rude.id, rude.version, executor_id=desk.boris.id, task="", actor=desk.anna, now=NOW)
