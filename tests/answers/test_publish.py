"""Publication by hand: copied, placed, noted with link and time; once only (П.3, П.8, П.9, П.13)."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest

from osm.answers.acts import drafting
from osm.approvals import acts as approval
from osm.regulation.words import ClockKind, Status
from tests.desk import NOW
from tests.office import OVERRIDE, at, last_deadline
from tests.page_reading import words

from .conftest import photo

LINK = "https://vk.com/wall-1_1?reply=77"


@pytest.fixture
def message(desk):
    return desk.in_status(Status.APPROVED)


@pytest.fixture
def executors_publish(set_office):
    """In ВКонтакте the executors place replies themselves."""
    set_office(publishing_networks=["vk"])


def url(message) -> str:
    return f"/messages/{message.id}/publish"


def send(browser, message, **more):
    return browser.submit(url(message), {"version": message.version, "url": LINK, "published_at": "", **more})


def test_the_screen_has_the_text_to_copy_the_link_and_the_photos(desk, anna, boris):
    message = desk.in_status(Status.IN_WORK)
    boris.htmx(f"/messages/{message.id}/answer/photos", {"files": photo()}, content_type="multipart/form-data")
    message = desk.again(message)
    desk.submitted(message, "25.11 10:20", "Яму <засыпали> & заровняли.")
    desk.approved(message, "25.11 10:30")
    page = anna.get(url(message)).text
    assert ">\nЯму &lt;засыпали&gt; &amp; заровняли.</textarea>" in page
    assert 'data-copy="#approved-text"' in page
    assert f'href="{message.url}" target="_blank"' in page
    assert f'href="/files/{desk.again(message).replies[0].attachments[0].id}"' in page
    assert "Версия 1, согласована сегодня в 10:30 (Анна Ларина)" in words(page)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", "25.11 11:00"),
        ("2026-11-25T10:45", "25.11 10:45"),
        ("2026-11-25T10:30", "25.11 10:30"),
        ("2026-11-25T11:00", "25.11 11:00"),
        ("25.11.2026 10:45", "25.11 10:45"),
    ],
)
def test_the_time_is_local_and_now_if_none_is_given(desk, anna, message, typed, stored):
    assert send(anna, message, published_at=typed).status_code == 303
    message = desk.again(message)
    reply = message.replies[0]
    assert (reply.published_at, reply.published_url, reply.published_by_id) == (at(stored), LINK, anna.user_id)
    assert last_deadline(message, ClockKind.ANSWER).ended_at == at(stored)
    assert message.closed_at == at(stored)


def test_the_minute_of_the_approval_is_not_before_it(desk, anna):
    """A field of minutes cannot say 10:30:40, so the seconds must not be an error of the office or of the person."""
    message = desk.in_status(Status.ON_APPROVAL)
    approved = at("25.11 10:30") + timedelta(seconds=40)
    approval.approve_draft(
        message.id,
        message.version,
        draft_id=drafting.submitted_draft(message).id,
        override=OVERRIDE,
        actor=desk.anna,
        now=approved,
    )
    assert send(anna, message, published_at="2026-11-25T10:30").status_code == 303
    assert desk.again(message).replies[0].published_at == approved


@pytest.mark.words
@pytest.mark.parametrize("typed", ["2026-11-25T10:29", "2026-11-25T11:01", "2025-11-25T10:45", "вчера"])
def test_an_impossible_time_of_publication_is_refused_and_stays_typed(desk, anna, message, typed):
    answer = send(anna, message, published_at=typed)
    assert answer.status_code == 422
    assert f'value="{typed}"' in unescape(answer.text)
    assert f'value="{LINK}"' in unescape(answer.text)
    assert 'id="published_at-error"' in answer.text
    assert desk.again(message).status is Status.APPROVED


def test_a_link_without_its_https_is_completed(desk, anna, message):
    assert send(anna, message, url=f" {LINK.removeprefix('https://')} ").status_code == 303
    assert desk.again(message).replies[0].published_url == LINK


@pytest.mark.words
@pytest.mark.parametrize(
    "link", ["", "wall-1_2", "forum.example.ru/t/5", "javascript:alert(1)", "https://vk", "https://vk.com/a b"]
)
def test_a_link_that_leads_nowhere_is_refused_and_stays_typed(desk, anna, message, link):
    answer = send(anna, message, url=link)
    assert answer.status_code == 422
    assert "Вставьте ссылку целиком" in answer.text
    assert f'value="{link}"' in unescape(answer.text)
    assert desk.again(message).status is Status.APPROVED


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("final", Status.ANSWERED, "Работа с сообщением закончена."),
        ("interim", Status.AWAITING_FINAL, "Идёт срок окончательного."),
        ("clarification", Status.AWAITING_AUTHOR, "Ждём ответа автора."),
    ],
)
def test_what_follows_depends_on_the_kind(desk, anna, kind, status, said):
    message = desk.in_status(Status.IN_WORK)
    desk.submitted(message, "25.11 10:20", "Ответ", kind=kind)
    desk.approved(message, "25.11 10:30")
    answer = send(anna, message)
    assert desk.again(message).status is status
    assert said in anna.get(answer.location).text


def test_the_second_person_reads_who_did_it_and_keeps_his_link(desk, anna, boris, executors_publish, message):
    assert send(boris, message).status_code == 303
    answer = send(anna, message, url="https://vk.com/wall-1_1?reply=78")
    page = unescape(answer.text)
    assert answer.status_code == 409
    assert "Окончательный ответ уже опубликован: Борис Ежов, сегодня в 11:00" in words(page)
    assert LINK in page
    assert "Вы вставили другую ссылку" in page
    assert 'value="https://vk.com/wall-1_1?reply=78" readonly' in page
    assert desk.again(message).replies[0].published_url == LINK


def test_a_double_click_reads_that_it_was_done(desk, anna, message):
    first = message.version
    send(anna, message)
    answer = anna.submit(url(message), {"version": first, "url": LINK})
    assert answer.status_code == 409
    assert "уже опубликован: Анна Ларина" in answer.text
    assert "второй раз ничего не записано" in answer.text
    assert "Вы вставили другую ссылку" not in answer.text


def test_an_executor_publishes_where_the_setting_names_the_network(desk, boris, executors_publish, message):
    assert "Отметить опубликованным" in boris.get(url(message)).text
    assert send(boris, message).status_code == 303
    assert desk.again(message).replies[0].published_by_id == boris.user_id


def test_elsewhere_he_sees_the_text_and_who_publishes(desk, boris, message):
    page = boris.get(url(message)).text
    assert "На этой странице публикует куратор." in page
    assert "Отметить опубликованным" not in page
    answer = send(boris, message)
    assert answer.status_code == 409
    assert "на этой странице публикует куратор" in answer.text
    assert desk.again(message).status is Status.APPROVED


def test_a_colleague_does_not_publish_for_him(desk, lidia, executors_publish, message):
    assert send(lidia, message).status_code == 403
    assert desk.again(message).status is Status.APPROVED


@pytest.mark.sqlite
@pytest.mark.parametrize("status", [status for status in Status if status is not Status.APPROVED])
def test_with_nothing_to_publish_the_screen_says_so(desk, anna, status):
    answer = anna.get(url(desk.in_status(status)))
    assert answer.status_code == 200
    assert "Публиковать сейчас нечего" in answer.text


def test_a_message_without_a_link_is_found_by_its_author(desk, anna, message):
    from osm.base.transaction import transaction

    with transaction():
        message.url = ""
    assert "Ссылки на сообщение нет: найдите его в сети по автору" in anna.get(url(message)).text


def test_the_clock_runs_while_the_page_is_open(desk, anna, message, clock):
    clock.set(NOW + timedelta(minutes=7))
    send(anna, message)
    assert desk.again(message).replies[0].published_at == NOW + timedelta(minutes=7)


def test_the_next_answer_to_publish_opens(desk, anna):
    first, second = desk.in_status(Status.APPROVED), desk.in_status(Status.APPROVED)
    answer = send(anna, first)
    assert answer.location == url(second)
    assert f"Дальше: № {second.number}." in words(anna.get(answer.location).text)
    last = send(anna, desk.again(second))
    assert last.location == "/"
    assert "Больше публиковать нечего." in words(anna.get("/").text)


@pytest.mark.parametrize(("term", "is_over"), [("26 ноября", False), ("24 ноября", True)])
def test_a_term_that_is_over_is_said_before_publishing(desk, anna, boris, term, is_over):
    """Said while writing, at approval and at publication; it does not depend on the day."""
    text, said = f"Здравствуйте! Яму осмотрели 20 ноября, засыплем до {term}.", "В ответе срок 24.11, он уже прошёл."
    message = desk.in_status(Status.IN_WORK)
    shown = boris.htmx(f"/messages/{message.id}/answer/check", {"text": text, "kind": "final"}).text
    assert (said in words(shown)) is is_over
    desk.submitted(message, "25.11 10:20", text)
    assert (said in words(anna.get(f"/approvals/{message.id}").text)) is is_over
    desk.approved(message, "25.11 10:30")
    assert (said in words(anna.get(url(message)).text)) is is_over
    row = anna.htmx(url(message), method="GET").text
    assert (said in words(row)) is is_over
    assert ('name="control_due" value="2026-11-26"' in row) is not is_over


def test_in_its_row_it_is_published_and_refused_the_same_way(desk, anna, message):
    row = anna.htmx(url(message), method="GET").text
    assert row.startswith(f'<li class="inbox-row is-changed" id="m-{message.id}"')
    assert "Здравствуйте! Яму засыпали.</textarea>" in row
    given = {"version": message.version, "url": "ответил", "published_at": "", "back": "inbox"}
    refused = anna.htmx(url(message), given)
    assert (refused.status_code, 'value="ответил"' in refused.text) == (422, True)
    elsewhere = anna.htmx(url(message), {**given, "url": "https://ok.ru/group/1"})
    assert "Всё равно верно" in elsewhere.text
    done = anna.htmx(url(message), {**given, "url": LINK})
    assert "ответ отмечен опубликованным" in words(done.text)
    assert "Внесено в ИМ" in done.text
    again = anna.htmx(url(message), {**given, "url": LINK})
    assert (again.status_code, f'value="{LINK}"' in unescape(again.text)) == (409, True)
    assert anna.htmx(url(message), method="GET").headers["HX-Redirect"] == url(message)
