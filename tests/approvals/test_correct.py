"""«Поправить и согласовать»: a warning where figures, dates or names change, and a second press (design §3)."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.answers.queries.drafting import editor_text
from osm.models import DraftState
from osm.regulation.words import Status
from tests.desk import NOW

GIVEN = "Здравствуйте, Мария! Яму засыплют 26 ноября, отвечает Иванов, займёт 2 дня."


@pytest.fixture
def message(desk):
    message = desk.in_status(Status.IN_WORK)
    desk.submitted(message, "25.11 10:50", GIVEN)
    return message


def url(message) -> str:
    return f"/approvals/{message.id}/correct"


def form(message, text, **more):
    draft = message.replies[-1].drafts[-1]
    return {
        "version": message.version,
        "draft_id": draft.id,
        "text": text,
        "saved_at": "",
        "screen": "approval",
        "in_spite": "not_due",
        **more,
    }


def confirmation(answer) -> str:
    return re.search(r'name="confirmed" value="(\w+)"', answer.text)[1]


def test_the_editor_opens_with_the_version_itself(anna, message):
    assert f">\n{GIVEN}</textarea>" in unescape(anna.get(f"/approvals/{message.id}").text)


def test_a_correction_of_words_is_approved_at_once(desk, anna, message):
    text = GIVEN.replace("Яму засыплют", "Выбоину заделают")
    assert anna.submit(url(message), form(message, text)).status_code == 303
    reply = desk.again(message).replies[0]
    given, made = reply.drafts
    assert (made.text, made.is_correction, made.number) == (text, True, 2)
    assert (made.author_id, made.submitted_by_id) == (desk.ids["boris"], desk.ids["anna"])
    assert (given.state, made.state) == (DraftState.CORRECTED, DraftState.APPROVED)
    assert reply.approved_draft_id == made.id


CHANGES = [
    ("26 ноября", "27 ноября", "дата: <del>26 ноября</del> → <ins>27 ноября</ins>"),
    ("2 дня", "3 дня", "число: <del>2</del> → <ins>3</ins>"),
    ("Иванов", "Петров", "имя или название: <del>Иванов</del> → <ins>Петров</ins>"),
    (", займёт 2 дня", "", "число: <del>2</del> → убрано"),
    ("Яму", "Яму 5 на 2 м", "число: не было → <ins>5</ins>"),
]


@pytest.mark.words
@pytest.mark.parametrize(("old", "new", "said"), CHANGES)
def test_changed_facts_are_shown_and_not_approved_yet(desk, anna, message, old, new, said):
    text = GIVEN.replace(old, new)
    answer = anna.submit(url(message), form(message, text))
    assert answer.status_code == 422
    assert said in answer.text
    assert f">\n{text}</textarea>" in unescape(answer.text)
    message = desk.again(message)
    assert message.status is Status.ON_APPROVAL
    assert len(message.replies[0].drafts) == 1
    assert editor_text(message.replies[0].id, anna.user_id).text == text


@pytest.mark.words
@pytest.mark.parametrize(("old", "new", "said"), CHANGES)
def test_a_second_press_approves_what_was_shown(desk, anna, message, old, new, said):
    text = GIVEN.replace(old, new)
    refused = anna.submit(url(message), form(message, text))
    answer = anna.submit(url(message), form(message, text, confirmed=confirmation(refused)))
    assert answer.status_code == 303
    message = desk.again(message)
    assert message.status is Status.APPROVED
    assert message.replies[0].approved_draft.text == text


def test_the_confirmation_covers_only_what_was_shown(desk, anna, message):
    refused = anna.submit(url(message), form(message, GIVEN.replace("26 ноября", "27 ноября")))
    saved_at = unescape(re.search(r'name="saved_at" value="([^"]+)"', refused.text)[1])
    other = GIVEN.replace("26 ноября", "28 ноября")
    answer = anna.submit(url(message), form(message, other, confirmed=confirmation(refused), saved_at=saved_at))
    assert answer.status_code == 422
    assert "<ins>28 ноября</ins>" in answer.text
    assert desk.again(message).status is Status.ON_APPROVAL


def test_a_correction_that_changes_nothing_approves_the_executors_version(desk, anna, message):
    assert anna.submit(url(message), form(message, GIVEN)).status_code == 303
    reply = desk.again(message).replies[0]
    assert [draft.state for draft in reply.drafts] == [DraftState.APPROVED]
    assert "согласовано без правок" in anna.get("/approvals").text


def test_an_emptied_text_is_refused_and_says_so(desk, anna, message):
    refused = anna.submit(url(message), form(message, " "))
    answer = anna.submit(url(message), form(message, " ", confirmed=confirmation(refused)))
    assert answer.status_code == 422
    assert "Ответ пуст" in answer.text
    assert desk.again(message).status is Status.ON_APPROVAL


def test_what_is_being_corrected_is_kept_and_opens_again(desk, anna, message):
    text = GIVEN.replace("Яму", "Выбоину")
    data = {"text": text, "saved_at": "", "screen": "approval", "reply_id": message.replies[0].id}
    assert anna.htmx(f"/messages/{message.id}/answer/text", data).status_code == 200
    page = unescape(anna.get(f"/approvals/{message.id}").text)
    assert f">\n{text}</textarea>" in page
    assert '<details class="step" id="correct" name="decision" open>' in page
    answer = anna.submit(
        f"/messages/{message.id}/answer/text", {**data, "text": text + " Всё.", "over": NOW.isoformat()}
    )
    assert answer.location == f"/approvals/{message.id}"


def test_the_executor_sees_what_was_changed(desk, anna, boris, message):
    anna.submit(url(message), form(message, GIVEN.replace("Яму", "Выбоину")))
    page = boris.get(f"/messages/{message.id}/publish").text
    assert 'data-row="correction"' in page
    assert "Выбоину" in page
    assert "На этой странице публикует куратор." in page
