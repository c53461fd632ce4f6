"""The card: who may see it, what it says about work and history, and that people's texts are shown as text."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.answers.acts import drafting, publication
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import routing
from osm.models import Assignment, Event
from osm.regulation.words import Status
from tests.desk import NOW, WAYS
from tests.office import OVERRIDE, at
from tests.page_reading import card, words
from tests.statements import counted

# --- Who may see it


@pytest.mark.parametrize(
    ("login", "status"), [("anna", 200), ("boris", 200), ("vera", 200), ("gleb", 200), ("dina", 403)]
)
def test_press_centre_head_and_the_executor_read_it(desk, request, login, status):
    message = desk.in_status(Status.IN_WORK)
    assert request.getfixturevalue(login).get(f"/messages/{message.id}").status_code == status


def test_an_executor_does_not_learn_that_a_message_of_others_exists(desk, boris):
    routed = desk.in_status(Status.NEW)
    routing.route_message(routed.id, 1, executor_id=desk.roman.id, task="", actor=desk.anna, now=NOW)
    new = desk.in_status(Status.NEW)
    for message_id in (routed.id, new.id, 999):
        answer = boris.get(f"/messages/{message_id}")
        assert answer.status_code == 404
        assert "Сообщение не найдено. Возможно, его передали другому или ссылка устарела." in answer.text
        posted = boris.submit(f"/messages/{message_id}/prepare-final", {"version": 2})
        assert posted.status_code == 404


def test_an_executor_reads_what_his_department_works_on(desk, boris):
    message = desk.in_status(Status.NEW)
    routing.route_message(message.id, 1, executor_id=desk.lidia.id, task="", actor=desk.anna, now=NOW)
    assert boris.get(f"/messages/{message.id}").status_code == 200


# --- Opened


def test_the_executor_who_opens_it_is_noted_once_and_the_version_stays(desk, boris, anna, clock):
    message = desk.in_status(Status.IN_WORK)
    version = message.version
    card(anna, message)
    assert db.session.scalar(db.select(Assignment.opened_at)) is None
    for minute in (1, 2):
        clock.set(at(f"25.11 11:0{minute}"))
        card(boris, message)
    db.session.rollback()
    assert db.session.scalar(db.select(Assignment.opened_at)) == at("25.11 11:01")
    assert [event.action for event in desk.log(message)].count("open") == 1
    assert desk.again(message).version == version
    assert "открыто сегодня в 11:01" in words(card(anna, message))


def test_an_answered_message_is_not_called_unopened(desk, anna):
    assert "ещё не открыто" in words(card(anna, desk.in_status(Status.IN_WORK)))
    assert "ещё не открыто" not in words(card(anna, desk.in_status(Status.AWAITING_FINAL)))


def test_a_colleague_who_reads_it_has_not_opened_it(desk, boris):
    message = desk.in_status(Status.NEW)
    routing.route_message(message.id, 1, executor_id=desk.lidia.id, task="", actor=desk.anna, now=NOW)
    card(boris, message)
    db.session.rollback()
    assert db.session.scalar(db.select(Assignment.opened_at)) is None


# --- What people wrote is text


def test_html_in_a_message_is_text_everywhere(desk, anna):
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)> & «так»\nвторая строка"
    message = desk.in_status(Status.NEW, text=evil)
    for page in (card(anna, message), anna.get("/").text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "«так»\nвторая строка</div>" in card(anna, message)


@pytest.mark.words
@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vk.com/wall-1_1"])
def test_only_web_addresses_become_links(desk, anna, url):
    message = desk.in_status(Status.NEW)
    with transaction():
        message.url = url
    page = card(anna, message)
    assert not re.search(rf'href="{re.escape(url.split(":")[0])}', page)
    assert "открыть<" not in page


def test_links_to_the_network_open_separately_and_reveal_nothing(desk, anna):
    message = desk.in_status(Status.ANSWERED)
    page = card(anna, message)
    links = re.findall(r'<a href="https?://[^"]+"[^>]*>', page)
    assert len(links) >= 2
    for link in links:
        assert 'rel="noopener noreferrer"' in link
        assert 'target="_blank"' in link


# --- Work


def test_the_executor_is_shown_with_his_departments_telephone(desk, anna):
    page = card(anna, desk.in_status(Status.IN_WORK))
    assert "Борис Ежов" in page
    assert 'href="tel:8(000)111-11-11"' in page
    assert "Узнать сроки" in page


@pytest.mark.sqlite
@pytest.mark.parametrize("status", list(WAYS))
def test_there_is_at_most_one_loud_step(desk, anna, status):
    page = card(anna, desk.in_status(status))
    work = re.search(r'<section class="card" aria-labelledby="work-title".*?</section>', page, re.DOTALL)[0]
    assert len(re.findall(r'class="btn btn-primary"', work)) <= 1


def test_for_the_chat_there_is_plain_text_with_all_that_is_asked(desk, anna):
    message = desk.in_status(Status.IN_WORK, text="Третий день нет отопления & света")
    with transaction():
        message.place = "Калининская, 12"
    text = unescape(
        re.search(r'<textarea[^>]*id="chat-text"[^>]*>\n(.*?)</textarea>', card(anna, message), re.DOTALL)[1]
    )
    assert text == (
        f"№ {message.number} · ВКонтакте\n"
        "Подготовьте проект ответа.\n"
        "Задание: Узнать сроки\n"
        "Срок: проект до 25.11 14:58, ответ в соцсети до 25.11 17:58\n"
        "Адрес: Калининская, 12\n\n"
        "Третий день нет отопления & света\n\n"
        f"Сообщение: {message.url}\n"
        f"Карточка: http://localhost/messages/{message.id}"
    )


def test_for_the_chat_a_passed_term_is_named_as_such(desk, anna, clock):
    message = desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 15:00"))
    assert "проект до 25.11 14:58 (срок прошёл), ответ в соцсети до 25.11 17:58" in card(anna, message)


def test_a_closed_message_asks_for_nothing(desk, anna):
    page = card(anna, desk.in_status(Status.REDIRECTED))
    assert "chat-text" not in page
    assert "ГИБДД" in page
    assert "Сообщение закрыто, делать ничего не нужно." in page


def test_the_head_and_a_colleague_are_offered_no_step(desk, gleb, boris):
    message = desk.in_status(Status.AWAITING_FINAL)
    assert 'id="step-' not in card(gleb, message)
    assert card(boris, message).count('id="step-') == 1
    other = desk.in_status(Status.NEW)
    routing.route_message(other.id, 1, executor_id=desk.lidia.id, task="", actor=desk.anna, now=NOW)
    assert 'id="step-' not in card(boris, other)


# --- Replies and history


def test_every_version_is_shown_with_its_result(desk, anna):
    message = desk.in_status(Status.REWORK)
    draft = drafting.submit_draft(
        message.id, message.version, text="До 1 декабря", kind="final", confirmed=True, actor=desk.boris,
        now=at("25.11 10:35"),
    )  # fmt: skip
    approval.correct_and_approve(
        message.id,
        message.version,
        draft_id=draft.id,
        text="До 2 декабря",
        override=OVERRIDE,
        actor=desk.anna,
        now=at("25.11 10:45"),
    )
    publication.publish_by_hand(
        message.id, message.version, url="https://vk.com/wall-1_1?reply=9", published_at=None, actor=desk.anna, now=NOW
    )
    page = words(card(anna, message))
    assert "Версия 1: возвращена на доработку" in page
    assert "Замечания: Назовите срок" in page
    assert "Версия 2: исправлена куратором" in page
    assert (
        "Версия 3 · Борис Ежов · сегодня в 10:45 · согласована, Анна Ларина сегодня в 10:45 · правка: Анна Ларина"
        in page
    )
    assert "опубликован сегодня в 11:00, Анна Ларина" in words(page)


def test_the_history_is_in_words(desk, anna):
    page = words(card(anna, desk.in_status(Status.REWORK)))
    for line in (
        "сегодня в 10:05 Система: загружено из выгрузки",
        "сегодня в 10:10 Анна Ларина: направлено — Борис Ежов (ЖКХ)",
        "сегодня в 10:20 Борис Ежов: проект отправлен на согласование — версия 1",
        "сегодня в 10:30 Анна Ларина: возвращено на доработку — версия 1 Назовите срок",
    ):
        assert line in page


def test_what_the_author_wrote_later_is_below_the_message(desk, anna):
    message = desk.in_status(Status.ANSWERED)
    anna.submit(f"/messages/{message.id}/reopen", {"version": message.version, "text": "Яма снова открылась!"})
    assert "Автор написал ещё · внесено сегодня в 11:00, Анна Ларина" in words(card(anna, message))
    assert "Яма снова открылась!" in card(anna, message)


def test_a_long_history_costs_no_more_statements_than_a_short_one(app, desk, anna):
    short, long = desk.in_status(Status.REWORK), desk.in_status(Status.REWORK)
    for minute in (40, 45, 50, 55):
        drafting.submit_draft(
            long.id, long.version, text=f"Версия {minute}", kind="final", confirmed=True, actor=desk.boris,
            now=at(f"25.11 10:{minute}"),
        )  # fmt: skip
        draft = drafting.submitted_draft(long)
        approval.return_draft(
            long.id,
            long.version,
            draft_id=draft.id,
            remarks="Ещё раз",
            actor=desk.anna,
            now=at(f"25.11 10:{minute + 1}"),
        )
    assert db.session.scalar(db.select(db.func.count(Event.id)).where(Event.message_id == long.id)) > 8
    urls = [f"/messages/{message.id}" for message in (short, long)]
    for url in urls:
        anna.get(url)  # the first reading of the day is logged, which makes it slower; the others are typical
    with counted(app) as few:
        anna.get(urls[0])
    with counted(app) as many:
        anna.get(urls[1])
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= 17


@pytest.mark.parametrize(("high", "clause"), [(False, "(п. 8)"), (True, "(п. 9)")])
def test_the_selection_names_the_clause_of_its_term(desk, anna, high, clause):
    page = words(card(anna, desk.in_status(Status.NEW, high=high)))
    said = page[page.index("Исполнителя можно назначить позже") - 90 :]
    assert [one for one in ("(п. 8)", "(п. 9)") if one in said[:90]] == [clause]
