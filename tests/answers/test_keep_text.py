"""Autosave: the text is kept while it is typed, and two windows of one person do not write over each other."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from osm.answers.acts import publication
from osm.answers.queries.drafting import editor_text
from osm.regulation.words import Status
from tests.desk import NOW
from tests.statements import counted

from .conftest import photo


@pytest.fixture
def message(desk):
    return desk.in_status(Status.IN_WORK)


def url(message) -> str:
    return f"/messages/{message.id}/answer/text"


def form(message, text, saved_at="", **more):
    reply_id = message.replies[-1].id if message.replies else ""
    return {"text": text, "saved_at": saved_at, "reply_id": reply_id, "screen": "answer", **more}


def saved_at(answer) -> str:
    return unescape(re.search(r'name="saved_at" value="([^"]*)"', answer.text)[1])


def kept(message, browser) -> str:
    return editor_text(message.replies[-1].id, browser.user_id).text


def test_htmx_gets_mark_and_instant_and_nothing_for_the_editor(desk, boris, message):
    answer = boris.htmx(url(message), form(message, "Яму за"))
    assert answer.status_code == 200
    assert answer.text.strip().startswith("сохранено 11:00")
    assert saved_at(answer) == NOW.isoformat()
    assert "<textarea" not in answer.text
    assert "<html" not in answer.text
    assert kept(desk.again(message), boris) == "Яму за"


def test_without_scripts_the_page_comes_back_with_the_text_and_the_photos(desk, boris, message):
    answer = boris.submit(url(message), form(message, "Яму за", files=photo()))
    assert (answer.status_code, answer.location) == (303, f"/messages/{message.id}/answer")
    page = boris.get(answer.location).text
    assert "Сохранено 11:00" in page
    assert ">\nЯму за</textarea>" in page
    assert "яма.jpg" in page


def test_typing_continues_from_the_instant_of_the_last_saving(desk, boris, message, clock):
    instant = ""
    for minute, text in enumerate(["Яму", "Яму засы", "Яму засыпали"]):
        clock.set(NOW + timedelta(minutes=minute))
        answer = boris.htmx(url(message), form(message, text, instant))
        assert answer.status_code == 200
        instant = saved_at(answer)
    assert kept(desk.again(message), boris) == "Яму засыпали"


def test_typing_raises_no_version_and_makes_no_event(desk, boris, message):
    before = (message.version, len(desk.log(message)))
    boris.htmx(url(message), form(message, "Яму"))
    message = desk.again(message)
    assert (message.version, len(desk.log(message))) == before


def conflict(boris, message):
    """Two windows opened with an empty editor; the first has saved."""
    first = boris.htmx(url(message), form(message, "Первое окно"))
    return saved_at(first)


def test_a_second_window_gets_both_texts_next_to_its_editor(desk, boris, message):
    conflict(boris, message)
    answer = boris.htmx(url(message), form(message, "Второе окно"))
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "уже сохранён из другого окна" in answer.text
    assert 'id="other-window" hx-swap-oob="true"' in answer.text
    assert ">\nПервое окно</textarea>" in answer.text
    assert 'id="editor-text"' not in answer.text
    assert kept(desk.again(message), boris) == "Первое окно"


@pytest.mark.parametrize("path", ["answer/text", "answer"])
def test_without_scripts_the_page_has_both_texts(desk, boris, message, path):
    conflict(boris, message)
    more = {"version": message.version, "kind": "final", "confirmed": "1"}
    answer = boris.submit(f"/messages/{message.id}/{path}", form(message, "Второе окно", **more))
    assert answer.status_code == 409
    assert ">\nПервое окно</textarea>" in answer.text
    assert ">\nВторое окно</textarea>" in answer.text
    message = desk.again(message)
    assert message.status is Status.IN_WORK
    assert kept(message, boris) == "Первое окно"


@pytest.mark.parametrize("script", [True, False])
def test_the_person_may_keep_the_text_of_this_window(desk, boris, message, script):
    instant = conflict(boris, message)
    send = boris.htmx if script else boris.submit
    answer = send(url(message), form(message, "Второе окно", over=instant))
    assert answer.status_code == (200 if script else 303)
    assert kept(desk.again(message), boris) == "Второе окно"


def test_the_choice_covers_only_what_was_shown(desk, boris, message):
    instant = conflict(boris, message)
    boris.htmx(url(message), form(message, "Первое окно пишет дальше", instant))
    answer = boris.htmx(url(message), form(message, "Второе окно", over=instant))
    assert answer.status_code == 409
    assert ">\nПервое окно пишет дальше</textarea>" in answer.text


def test_each_person_has_a_separate_text(desk, anna, boris, message):
    boris.htmx(url(message), form(message, "Пишет Борис"))
    anna.htmx(url(message), form(message, "Пишет Анна", screen="for-executor"))
    message = desk.again(message)
    assert (kept(message, boris), kept(message, anna)) == ("Пишет Борис", "Пишет Анна")


def test_a_text_is_kept_while_waiting_and_after_a_change_of_executor(desk, boris):
    message = desk.in_status(Status.ON_APPROVAL)
    assert boris.htmx(url(message), form(message, "Дописал бы")).status_code == 200
    assert kept(desk.again(message), boris) == "Дописал бы"


def test_after_publication_there_is_nowhere_to_save_and_it_is_said(desk, boris):
    message = desk.in_status(Status.APPROVED)
    old = form(message, "Опоздал")
    publication.publish_by_hand(
        message.id, message.version, url="https://vk.com/1", published_at=None, actor=desk.anna, now=NOW
    )
    answer = boris.htmx(url(message), old)
    assert answer.status_code == 409
    assert "Текст остался у вас: скопируйте его." in answer.text


def test_an_old_window_does_not_save_into_the_next_reply(desk, boris):
    message = desk.in_status(Status.AWAITING_FINAL)
    old = form(message, "Про промежуточный")
    publication.prepare_final(message.id, message.version, actor=desk.anna, now=NOW)
    assert boris.htmx(url(message), old).status_code == 409
    assert kept(desk.again(message), boris) == ""


@pytest.mark.words
@pytest.mark.parametrize("login", ["vera", "gleb", "dina", "efim"])
def test_it_is_refused_to_others(desk, request, message, login):
    assert request.getfixturevalue(login).htmx(url(message), form(message, "Чужое")).status_code == 403


def test_a_message_that_one_may_not_know_of_is_not_found(desk, boris):
    message = desk.in_status(Status.NEW)
    assert boris.htmx(url(message), form(message, "Чужое")).status_code == 404


def test_it_refuses_get(desk, boris, message):
    assert boris.get(url(message)).status_code == 405


@pytest.mark.words
@pytest.mark.parametrize("broken", ["вчера", "2026-11-25", "9" * 50, "2026-11-25T11:00:00"])
def test_a_broken_instant_is_as_none(desk, boris, message, broken):
    assert boris.htmx(url(message), form(message, "Яму", broken)).status_code == 200
    assert boris.htmx(url(message), form(message, "Другое", broken)).status_code == 409


@pytest.mark.parametrize("screen", ["", "nowhere"])
@pytest.mark.parametrize(("who", "where"), [("boris", "answer"), ("anna", "for-executor")])
def test_a_form_of_no_screen_leads_to_the_own_screen(request, desk, message, screen, who, where):
    person = request.getfixturevalue(who)
    answer = person.submit(url(message), form(message, "Яму", screen=screen))
    assert answer.location == f"/messages/{message.id}/{where}"
    assert "Сохранено" in person.get(answer.location).text
    assert kept(desk.again(message), person) == "Яму"


def test_saving_is_cheap(app, desk, boris, message):
    token = boris.token("/password")
    with counted(app) as made:
        boris.post(url(message), data=form(message, "Яму"), headers={"HX-Request": "true", "X-CSRFToken": token})
    assert len(made) <= 14, made
