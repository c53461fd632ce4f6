"""The checklist while typing: a fragment for htmx, empty if nothing changed; no row is stored, others are refused."""

import pytest

from osm.regulation.words import Status

GOOD = "Здравствуйте, Мария! «Горсвет» заменит лампу до 5 декабря."


@pytest.fixture
def message(desk):
    return desk.in_status(Status.IN_WORK)


def ask(browser, message, text, **fields):
    return browser.htmx(f"/messages/{message.id}/answer/check", {"text": text, "kind": "final", **fields})


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def test_what_is_missing_is_named(boris, message):
    page = ask(boris, message, "Лампу заменят скоро.").text
    assert "Не хватает: приветствие, кто отвечает, срок." in page
    assert "«скоро»" in page
    assert "<html" not in page


def test_a_good_answer_is_complete(boris, message):
    assert "Всё, что требует п. 16, на месте." in ask(boris, message, GOOD).text


def test_by_kind(boris, message):
    text = "Здравствуйте! Напишите, пожалуйста, адрес."
    assert "Не хватает" in ask(boris, message, text).text
    assert "Всё, что требует п. 16, на месте." in ask(boris, message, text, kind="clarification").text


def test_the_same_list_is_not_sent_twice(boris, message):
    seen = seen_in(ask(boris, message, GOOD).text)
    again = ask(boris, message, GOOD + " ", seen=seen)
    assert (again.status_code, again.text) == (204, "")
    assert ask(boris, message, "Лампу заменят.", seen=seen).status_code == 200


def test_places_count_as_the_browser_counts(boris, message):
    page = ask(boris, message, "🙂 Данный двор убран.").text
    assert 'data-start="3"' in page
    assert 'data-replacement="Этот"' in page


def test_what_is_typed_is_shown_as_text(boris, message):
    page = ask(boris, message, 'В настоящее время <script>alert("x")</script> ведутся работы').text
    assert "<script" not in page


def test_no_row_is_stored(boris, desk, message):
    ask(boris, message, GOOD)
    assert desk.again(message).version == message.version
    assert "Горсвет" not in boris.get(f"/messages/{message.id}/answer").text


def test_without_htmx_it_leads_back(boris, message):
    assert boris.submit(f"/messages/{message.id}/answer/check", {"text": GOOD, "kind": "final"}).status_code == 303


def test_the_page_brings_the_list_of_the_kept_text(boris, message):
    page = boris.get(f"/messages/{message.id}/answer").text
    assert "Начните писать" in page
    boris.htmx(f"/messages/{message.id}/answer/text", {"text": "Лампу заменят.", "screen": "answer"})
    assert "Не хватает: приветствие" in boris.get(f"/messages/{message.id}/answer").text


def test_a_stranger_is_refused(efim, message):
    assert ask(efim, message, GOOD).status_code == 403
