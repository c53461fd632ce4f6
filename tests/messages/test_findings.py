"""Findings of the check are in the text of the card with their reason, and are answered there (П.17)."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.check.acts import verdicts
from osm.messages.acts import routing
from osm.models import Message, MessageVerdict
from osm.regulation.words import Status
from tests.desk import NOW, Desk

RUDE = "Вы там все сволочи <b>, когда дорогу сделаете?"


@pytest.fixture
def rude(desk: Desk) -> Message:
    message = desk.in_status(Status.NEW, text=RUDE)
    verdicts.read_due(NOW)
    return desk.again(message)


def test_the_card_has_marks_and_the_proposal(rude, anna):
    page = anna.get(f"/messages/{rude.id}").text
    assert 'class="found" tabindex="0">сволочи' in page
    assert "Предлагается исключить" in page
    assert "&lt;b&gt;" in page


def test_excluded_by_one_button_with_its_ground_and_words(desk, rude, anna):
    anna.submit(f"/messages/{rude.id}/exclude", {"version": rude.version, "ground": "insult", "note": "сволочи"})
    assert desk.again(rude).status is Status.EXCLUDED
    assert "Исключено" in anna.get(f"/messages/{rude.id}").text


@pytest.mark.parametrize("login", ["anna", "vera"])
def test_wrongly_marked(rude, login, request):
    browser = request.getfixturevalue(login)
    assert browser.submit(f"/messages/{rude.id}/findings", {"version": 1, "reply": "wrong"}).status_code == 303
    page = browser.get(f"/messages/{rude.id}").text
    assert 'class="found"' not in page
    assert "Отметка признана ошибочной" in page


def test_right_but_answered_wants_a_reason(desk, rude, anna, answers_marked):
    address = f"/messages/{rude.id}/findings"
    assert anna.submit(address, {"version": 1, "reply": "answered", "reason": ""}).status_code == 422
    anna.submit(address, {"version": 1, "reply": "answered", "reason": "Вопрос по существу"})
    page = anna.get(f"/messages/{rude.id}").text
    assert "Отмечено верно, но отвечаем" in page
    assert "Вопрос по существу" in page
    late = anna.submit(address, {"version": 1, "reply": "answered", "reason": "Просят о помощи"})
    assert (late.status_code, "Просят о помощи" in late.text) == (409, True), "what was typed is not lost"
    assert desk.again(rude).status is Status.NEW


def test_by_the_letter_there_is_no_button_to_answer_what_is_marked(rude, anna, dina):
    page = anna.get(f"/messages/{rude.id}").text
    assert ("Верно, но отвечаем" in page, "Отметка ошибочна" in page) == (False, True)
    given = {"version": 1, "reply": "answered", "reason": "Вопрос по существу"}
    refused = anna.submit(f"/messages/{rude.id}/findings", given)
    assert (refused.status_code, "так настроено" in refused.text) == (422, True)
    assert "«Исключить» или «Отметка ошибочна»" in anna.submit(f"/messages/{rude.id}/findings", {"version": 1}).text
    assert db.session.get_one(MessageVerdict, rude.id).reply is None
    assert "не отбирают и не направляют" in dina.get("/admin/regulation").text


@pytest.mark.parametrize("step", ["select", "route", "executors"])
def test_by_the_letter_nothing_begins_before_a_person_has_judged(desk, rude, anna, step):
    boris, roman = desk.ids["boris"], desk.ids["roman"]
    given = {"version": rude.version, "executor_id": boris, "executor_id1": boris, "executor_id2": roman}
    given |= {"task": "Проверить", "order_no1": 1, "order_no2": 1, "minutes1": 120, "minutes2": 120}
    refused = anna.submit(f"/messages/{rude.id}/{step}", given)
    assert (refused.status_code, "или, если это ошибка, «Отметка ошибочна»" in refused.text) == (422, True)
    assert desk.again(rude).status is Status.NEW
    anna.submit(f"/messages/{rude.id}/findings", {"version": 1, "reply": "wrong"})
    assert anna.submit(f"/messages/{rude.id}/{step}", given).status_code == 303
    assert desk.again(rude).status is not Status.NEW


def test_by_the_letter_the_list_says_so_too(rude, anna, desk):
    given = {"version": rude.version, "executor_id": desk.ids["boris"], "back": "inbox"}
    refused = anna.htmx(f"/messages/{rude.id}/route", given)
    assert (refused.status_code, "«Отметка ошибочна»" in refused.text) == (422, True)


def test_by_the_letter_row_and_card_offer_what_can_be_done(rude, anna, desk):
    routing_ways = ('id="step-route"', 'id="step-select"', f"/messages/{rude.id}/executors")
    card = anna.get(f"/messages/{rude.id}").text
    assert "Сначала решите, верна ли отметка" in card
    assert not [way for way in routing_ways if way in card]
    row = anna.get("/").text.split(f'id="m-{rude.id}"')[1].split("</li>")[0]
    assert "Направить" not in row
    assert "Исключить" in row
    assert f'action="/messages/{rude.id}/findings"' in row
    given = {"version": db.session.get_one(MessageVerdict, rude.id).version, "reply": "wrong", "back": "inbox"}
    again = anna.htmx(f"/messages/{rude.id}/findings", given)
    assert f'data-route="{rude.version}' in again.text, "the row can be directed now"
    plain = anna.submit(f"/messages/{rude.id}/findings", given)
    assert plain.location == f"/#m-{rude.id}"
    assert all(way in anna.get(f"/messages/{rude.id}").text for way in routing_ways)


def test_by_the_letter_it_is_named_among_many(desk, rude, anna):
    plain = desk.in_status(Status.NEW)
    rows = [f"{one.id}:{one.version}" for one in (plain, rude)]
    for address, given in (
        ("/messages/bulk/route", {"executor_id": desk.ids["boris"], "query": ""}),
        ("/groups", {"executor_id": desk.ids["boris"]}),
    ):
        refused = anna.submit(address, {"row": rows, **given})
        assert (refused.status_code, "предлагается исключить (п. 17): сначала" in refused.text) == (409, True), address
        assert {desk.again(one).status for one in (plain, rude)} == {Status.NEW}


def test_an_office_may_decide_to_answer_what_is_marked(desk, rude, anna, dina, answers_marked):
    assert "Верно, но отвечаем" in anna.get(f"/messages/{rude.id}").text
    assert "человек мог сорваться" in dina.get("/admin/regulation").text
    given = {"version": rude.version, "executor_id": desk.ids["boris"], "marked_seen": "1"}
    assert anna.submit(f"/messages/{rude.id}/route", given).status_code == 303


def test_others_see_the_marks_and_have_no_buttons(rude, gleb):
    page = gleb.get(f"/messages/{rude.id}").text
    assert 'class="found"' in page
    assert "Отметка ошибочна" not in page
    assert gleb.submit(f"/messages/{rude.id}/findings", {"version": 1, "reply": "wrong"}).status_code == 403


def test_an_unknown_reply_and_an_old_version_are_refused(rude, anna):
    address = f"/messages/{rude.id}/findings"
    assert anna.submit(address, {"version": 1, "reply": "ok"}).status_code == 422
    assert "уже ответили" in anna.submit(address, {"version": 7, "reply": "wrong"}, follow_redirects=True).text
    assert db.session.get_one(MessageVerdict, rude.id).reply is None


def test_an_executor_sees_no_proposal_of_the_press_centre(desk, rude, boris, answers_marked):
    routing.route_message(
        rude.id, rude.version, executor_id=desk.boris.id, task="", marked_seen=True, actor=desk.anna, now=NOW
    )
    page = boris.get(f"/messages/{rude.id}").text
    assert "сволочи" in page
    assert 'class="found"' not in page


def test_back_in_work_the_marks_wait_for_an_answer_again(desk, rude, anna):
    anna.submit(f"/messages/{rude.id}/exclude", {"version": rude.version, "ground": "insult", "note": "сволочи"})
    version = desk.again(rude).version
    anna.submit(f"/messages/{rude.id}/restore", {"version": version, "reason": "Ошиблись"})
    page = anna.get(f"/messages/{rude.id}").text
    assert "Предлагается исключить" in page
    assert "Отметка ошибочна" in page


@pytest.mark.parametrize("ground", ["insult", "spam"])
def test_judged_after_its_exclusion_the_card_proposes_nothing(desk, anna, ground):
    message = desk.in_status(Status.NEW, text=RUDE)
    anna.submit(f"/messages/{message.id}/exclude", {"version": message.version, "ground": ground, "note": ""})
    verdicts.read_due(NOW)
    page = anna.get(f"/messages/{message.id}").text
    assert 'class="found"' in page
    assert "Предлагается исключить" not in page
    assert "Верно, но отвечаем" not in page
