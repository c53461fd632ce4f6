"""«Ждёт меня» of the curator: one row, one press; red without a substitute; forms that say who is away (П.3)."""

from __future__ import annotations

import re

import pytest

from osm.answers.acts import drafting
from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Assignment
from osm.people.acts.users import block_user, edit_user
from osm.regulation.words import Status
from tests.desk import NOW
from tests.inbox.test_news import poll_of
from tests.office import at


def offer(page: str) -> tuple[str, dict[str, str]]:
    """Address and hidden fields of the first hand-over on the page."""
    found = re.search(r'action="(/handover/\d+/\d+)".*?name="seen" value="(\w+)"', page, re.DOTALL)
    assert found, "no hand-over"
    return found[1], {"seen": found[2]}


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def executors(message) -> list[tuple[int, int | None]]:
    db.session.rollback()
    rows = db.session.scalars(
        db.select(Assignment).where(Assignment.message_id == message.id, Assignment.ended_at.is_(None))
    )
    return [(row.executor_id, row.for_id) for row in rows]


def badge(browser) -> int:
    return int(re.search(r'id="badge-inbox"[^>]*>\D*(\d+)', browser.get("/nav/badges").text)[1])


def test_one_row_one_press(anna, desk, away):
    messages = [desk.in_status(Status.IN_WORK), desk.in_status(Status.ON_APPROVAL)]
    before = badge(anna)
    away("boris", 25, 27, "lidia")
    page = anna.get("/").text
    assert "Передать 2 сообщения: Борис Ежов → Лидия Журавлёва" in plain(page)
    assert badge(anna) == before + 1
    address, fields = offer(page)
    assert anna.submit(address, fields).status_code == 303
    after = plain(anna.get("/").text)
    assert "Передано 2 сообщения: Борис Ежов → Лидия Журавлёва. Сроки не изменились." in after
    assert "kind=handover" not in after
    for message in messages:
        assert executors(message) == [(desk.ids["lidia"], desk.ids["boris"])]


def test_the_second_of_two_curators_gets_a_conflict_and_moves_nothing(anna, desk, away):
    message = desk.in_status(Status.IN_WORK)
    away("boris", 25, 27, "lidia")
    address, fields = offer(anna.get("/").text)
    anna.submit(address, fields)
    late = anna.submit(address, fields)
    assert late.status_code == 409
    assert "Ничего не передано" in late.text
    assert executors(message) == [(desk.ids["lidia"], desk.ids["boris"])]


def test_without_a_substitute_it_is_red_and_the_curator_chooses(anna, desk, away):
    message = desk.in_status(Status.IN_WORK)
    row = away("boris", 25, 27)
    page = anna.get("/").text
    assert "замещающего нет Борис Ежов , отсутствие по 27.11" in plain(page)
    assert f'href="/admin/absences/{row.id}"' in page
    address, fields = offer(page)
    refused = anna.submit(address, fields)
    assert refused.status_code == 422
    assert "Выберите, кому передать сообщения." in refused.text
    assert anna.submit(address, {**fields, "target_id": desk.ids["roman"]}).status_code == 303
    assert executors(message) == [(desk.ids["roman"], desk.ids["boris"])]
    assert "замещающего нет Борис Ежов ," in plain(anna.get("/").text), "he still has none"


def test_an_administrator_learns_who_is_away_without_a_substitute(dina, desk, away):
    desk.in_status(Status.IN_WORK)
    away("anna", 25, 27)
    page = plain(dina.get("/").text)
    assert "замещающего нет Анна Ларина ," in page
    assert "kind=handover" not in page


@pytest.mark.parametrize("answer", ["back", "keep"])
def test_after_the_last_day_it_comes_back_or_stays(anna, desk, away, clock, answer):
    message = desk.in_status(Status.IN_WORK)
    away("boris", 25, 25, "lidia")
    anna.submit(*offer(anna.get("/").text))
    clock.set(at("26.11 00:05"))
    anna.log_in("anna", "пароль-anna")
    page = anna.get("/").text
    assert "Вернуть 1 сообщение: Лидия Журавлёва → Борис Ежов" in plain(page)
    address, fields = offer(page)
    assert anna.submit(address if answer == "back" else f"{address}/keep", fields).status_code == 303
    expected = (desk.ids["boris"], None) if answer == "back" else (desk.ids["lidia"], desk.ids["boris"])
    assert executors(message) == [expected]
    assert "Вернуть" not in plain(anna.get("/").text)


def test_the_messages_of_one_who_is_no_executor_any_more_are_offered_alike(anna, desk):
    message, boris = desk.in_status(Status.IN_WORK), desk.boris
    same = {"name": boris.name, "position": "", "phone": "", "department_id": boris.department_id}
    edit_user(boris.id, boris.version, **same, roles=(), actor=None, now=NOW)
    page = anna.get("/").text
    assert "Передать 1 сообщение: Борис Ежов" in plain(page)
    assert "больше не исполнитель" in page
    assert "учётная запись заблокирована" not in page
    address, fields = offer(page)
    assert anna.submit(address, fields | {"target_id": desk.ids["lidia"]}).status_code == 303
    assert executors(message) == [(desk.ids["lidia"], None)]


def test_a_blocked_persons_messages_are_offered_alike(anna, desk):
    message = desk.in_status(Status.IN_WORK)
    block_user(desk.ids["boris"], desk.boris.version, actor=None, now=NOW)
    page = anna.get("/").text
    assert "учётная запись заблокирована" in page
    address, fields = offer(page)
    anna.submit(address, {**fields, "target_id": desk.ids["lidia"]})
    assert executors(message) == [(desk.ids["lidia"], None)]


def test_the_open_list_learns_of_a_hand_over(anna, desk, away):
    desk.in_status(Status.IN_WORK)
    poll = poll_of(anna.get("/").text)
    assert anna.get(poll).status_code == 204
    away("boris", 25, 27, "lidia")
    told = anna.get(poll)
    assert told.status_code == 200
    assert "список изменился" in plain(told.text)


def test_the_forms_of_routing_say_who_is_away(anna, desk, away):
    new, routed = desk.in_status(Status.NEW), desk.in_status(Status.IN_WORK)
    away("roman", 25, 27, "lidia")
    away("boris", 25, 28)
    for page in ("/", f"/messages/{new.id}", f"/messages/{routed.id}", "/messages"):
        text = plain(anna.get(page).text)
        assert "Роман Соболев (Дороги) — отсутствует по 27.11, замещает: Лидия Журавлёва" in text, page
        assert "Борис Ежов (ЖКХ) — отсутствует по 28.11, замены нет" in text, page


def test_new_work_goes_to_the_substitute_at_once_and_says_so(anna, desk, away):
    message = desk.in_status(Status.NEW)
    away("roman", 25, 27, "lidia")
    said = anna.submit(
        f"/messages/{message.id}/route",
        {"version": message.version, "executor_id": desk.ids["roman"], "task": ""},
        follow_redirects=True,
    )
    assert "Направлено: Лидия Журавлёва (замещает: Роман Соболев) (ЖКХ)" in plain(said.text)
    assert executors(message) == [(desk.ids["lidia"], desk.ids["roman"])]
    refused = desk.in_status(Status.NEW)
    away("boris", 25, 28)
    answer = anna.submit(
        f"/messages/{refused.id}/route",
        {"version": refused.version, "executor_id": desk.ids["boris"], "task": "Кратко"},
    )
    assert answer.status_code == 422
    assert "Борис Ежов отсутствует по 28.11.2026, замещающего нет" in answer.text
    assert "Кратко" in answer.text


def test_an_absent_executor_without_substitute_is_not_proposed(anna, desk, away):
    message = desk.in_status(Status.NEW)
    desk.give_topic(message, "Отопление")
    away("boris", 25, 28)
    form = anna.get(f"/messages/{message.id}").text.split('name="executor_id"')[1].split("</select>")[0]
    assert f'value="{desk.ids["boris"]}" selected' not in form
    assert f'value="{desk.ids["lidia"]}" selected' in form, "the next of the department is"


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "vera", "gleb", "dina"])
def test_other_people_are_not_asked(request, desk, away, login):
    desk.in_status(Status.IN_WORK)
    away("boris", 25, 27, "lidia")
    browser = request.getfixturevalue(login)
    assert "kind=handover" not in browser.get("/").text
    assert browser.submit(f"/handover/{desk.ids['boris']}/{desk.ids['boris']}", {"seen": "x"}).status_code == 403


def test_the_substitute_reads_what_was_typed_and_takes_it_with_one_press(app, anna, desk, away):
    message = desk.in_status(Status.IN_WORK)
    typed = "Здравствуйте! Бригада выедет 26 ноября."
    drafting.save_text(message.replies[-1].id, text=typed, seen_at=None, actor=desk.boris, now=at("25.11 10:30"))
    with transaction():
        desk.lidia.password_hash = desk.boris.password_hash
    lidia = app.test_client()
    assert lidia.log_in("lidia", "пароль-boris").status_code == 303
    lidia.login = "lidia"
    away("boris", 25, 27, "lidia")
    anna.submit(*offer(anna.get("/").text))
    page = lidia.get(f"/messages/{message.id}/answer").text
    assert "Не отправлено: Борис Ежов" in page
    address = re.search(r'formaction="(/messages/\d+/answer/take/\d+)"', page)[1]
    assert lidia.submit(address, {"text": "", "saved_at": "", "screen": "answer"}).status_code == 303
    page = lidia.get(f"/messages/{message.id}/answer").text
    assert re.search(r"<textarea[^>]*>\s*Здравствуйте! Бригада выедет 26 ноября\.</textarea>", page)
    assert "Не отправлено" not in page
