"""«Ждёт меня»: the table of duties by role, what others do, the numbers in the menu, news of the open list."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.answers.acts import publication
from osm.base.transaction import transaction
from osm.flow.queries.duties import DUTIES
from osm.messages.acts import entry, routing
from osm.models import User, UserRole
from osm.regulation.words import Role, Status
from tests.cast import browser_of
from tests.desk import NOW, WAYS
from tests.office import at
from tests.page_reading import badge, headings, page_of, rows, sections

# --- Which person has what to do: one line for each (status, role) of the table


WAITS = [
    ("anna", "", Status.NEW, "Направить", "п. 7", "осталось 5 мин"),
    ("anna", "", Status.SELECTED, "Направить", "п. 7", "осталось 5 мин"),
    ("anna", "", Status.ON_APPROVAL, "Рассмотреть", "п. 11", "просрочено 10 мин"),
    ("anna", "", Status.APPROVED, "Опубликовать", "п. 8", "осталось 6 ч 10 мин"),
    ("anna", "later", Status.AWAITING_AUTHOR, "Проверить, ответил ли автор", "", "срока нет"),
    ("boris", "", Status.IN_WORK, "Подготовить ответ", "п. 10", "осталось 3 ч 10 мин"),
    ("boris", "", Status.REWORK, "Доработать", "п. 12", "осталось 30 мин"),
    ("boris", "later", Status.AWAITING_FINAL, "Готовить окончательный", "п. 13", "осталось 3 рабочих дня"),
    ("vera", "", Status.NEW, "Проверить", "п. 7", "осталось 5 мин"),
]


@pytest.mark.parametrize(("login", "kind", "status", "verb", "by", "term"), WAITS)
def test_it_waits_for_this_person_by_this_clock(desk, request, login, kind, status, verb, by, term):
    message = desk.in_status(status)
    row = rows(request.getfixturevalue(login).get(f"/?kind={kind}").text)[f"m-{message.id}"]
    assert row.startswith(term)
    assert by in row
    assert row.endswith(verb)


@pytest.mark.sqlite
@pytest.mark.parametrize("status", list(WAYS))
def test_nothing_else_waits_for_anybody(desk, anna, boris, vera, status):
    message = desk.in_status(status)
    for person in (anna, boris, vera):
        expected = any((person.login, status) == (who, where) for who, _, where, *_ in WAITS)
        pages = person.get("/").text + person.get("/?kind=later").text
        assert (f"m-{message.id}" in rows(pages)) == expected, person.login


def others_of(app, desk, login: str) -> str:
    return browser_of(app, desk.ids, login).get("/?kind=others").text


LATE = [
    (Status.IN_WORK, "25.11 15:00", "п. 10"),
    (Status.REWORK, "25.11 11:31", "п. 12"),
    (Status.AWAITING_FINAL, "30.11 09:00", "п. 13"),
]


@pytest.mark.parametrize(("status", "when", "by"), LATE)
def test_the_curator_hurries_the_late_person(app, desk, clock, status, when, by):
    message = desk.in_status(status)
    clock.set(at(when))
    row = rows(others_of(app, desk, "anna"))[f"m-{message.id}"]
    assert by in row
    assert "Борис Ежов (ЖКХ) 8 (000) 111-11-11" in row
    assert row.endswith("Поторопить")


def test_the_final_answer_is_the_curators_from_a_day_before_its_term(app, desk, clock):
    message = desk.in_status(Status.AWAITING_FINAL)  # till Monday 30.11 18:00; Friday closes at 17:00
    for when, expected in (("27.11 16:59", False), ("27.11 17:00", True), ("29.11 12:00", True), ("30.11 09:00", True)):
        clock.set(at(when))
        assert (f"m-{message.id}" in rows(others_of(app, desk, "anna"))) == expected


@pytest.mark.parametrize("login", ["anna", "boris"])
@pytest.mark.parametrize("status", [Status.AWAITING_FINAL, Status.IN_WORK])
def test_the_right_person_is_reminded_of_the_final_term_without_blame(app, desk, clock, login, status):
    message = desk.in_status(Status.AWAITING_FINAL)
    if status is Status.IN_WORK:
        publication.prepare_final(message.id, message.version, actor=desk.boris, now=at("26.11 10:00"))
    said = "напоминание: окончательный ответ до 30.11 18:00"
    for when, expected in (("27.11 16:59", False), ("27.11 17:00", True), ("30.11 18:01", False)):
        clock.set(at(when))
        page = others_of(app, desk, login) if login == "anna" else page_of(app, desk, login)
        row = rows(page).get(f"m-{message.id}", "")
        assert (said in row) == expected
        assert not (expected and "просрочен" in row.lower())
    assert not [d for d in desk.again(message).deadlines if d.breached_at]


def test_the_table_of_duties_is_tested_to_its_last_line():
    tested = {(login, status) for login, _, status, *_ in WAITS} | {("anna", status) for status, *_ in LATE}
    roles = {"anna": Role.CURATOR, "boris": Role.EXECUTOR, "vera": Role.MODERATOR}
    publisher = (Role.EXECUTOR, Status.APPROVED)
    assert {(duty.role, duty.status) for duty in DUTIES} == {(roles[login], status) for login, status in tested} | {
        publisher
    }


@pytest.mark.parametrize(("networks", "expected"), [((), False), (("ok",), False), (("vk", "ok"), True)])
def test_an_executor_publishes_where_the_setting_allows_it(set_office, desk, boris, networks, expected):
    set_office(publishing_networks=list(networks))
    message = desk.in_status(Status.APPROVED)
    assert (f"m-{message.id}" in rows(boris.get("/").text)) == expected


def test_a_person_of_two_roles_meets_a_message_once(app, desk, boris, clock):
    with transaction() as session:
        session.add(UserRole(user_id=desk.ids["boris"], role=Role.CURATOR))
    message = desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 15:00"))
    page = boris.get("/").text
    assert page.count(f"№ {message.number}") == 1
    assert rows(page)[f"m-{message.id}"].endswith("Подготовить ответ")
    assert badge(page) == 1


# --- Other people


def test_an_executor_sees_below_what_his_department_works_on(desk, boris):
    mine = desk.in_status(Status.IN_WORK)
    theirs, strangers = desk.in_status(Status.NEW), desk.in_status(Status.NEW)
    for message, login in ((theirs, "lidia"), (strangers, "roman")):
        routing.route_message(message.id, 1, executor_id=desk.ids[login], task="", actor=desk.anna, now=NOW)
    page = boris.get("/").text
    assert set(rows(page)) == {f"m-{mine.id}"}
    assert sections(page) == [("answer", 1), ("department", 1)]
    found = rows(boris.get("/?kind=department").text)
    assert set(found) == {f"colleague-{theirs.id}"}
    assert "Лидия Журавлёва (ЖКХ)" in found[f"colleague-{theirs.id}"]
    assert badge(page) == 1


def test_the_head_sees_what_is_late_and_what_was_answered_today(app, desk, gleb, clock):
    late, answered = desk.in_status(Status.IN_WORK), desk.in_status(Status.ANSWERED)
    desk.in_status(Status.DISMISSED)
    clock.set(at("25.11 15:00"))
    assert headings(gleb.get("/").text) == ["У кого просроченное 1"]
    row = rows(gleb.get("/?kind=late").text)[f"late-{late.id}"]
    assert row.startswith("просрочено 2 мин")
    assert "Готовит исполнитель" in row
    assert "Борис Ежов (ЖКХ)" in row
    page = gleb.get("/?kind=answered").text
    assert f"№ {answered.number}" in page
    assert "10:40, в срок" in page
    assert "Здравствуйте! Яму засыпали." in page
    clock.set(at("26.11 09:00"))
    assert "Сегодня ответов ещё не было." in browser_of(app, desk.ids, "gleb").get("/?kind=answered").text


def test_the_head_does_not_see_blameless_delays(desk, gleb, anna, clock):
    message = desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 14:50"))
    form = {"version": message.version, "detected_at": "2026-11-25T10:05"}
    assert anna.submit(f"/messages/{message.id}/raise-importance", form).status_code == 303
    assert "Просроченных сообщений нет." in gleb.get("/?kind=late").text


def test_a_user_without_a_role_reads_which_person_to_ask(desk, efim):
    with transaction() as session:
        session.get_one(User, desk.ids["dina"]).phone = "8 (000) 222-22-22"
    desk.in_status(Status.NEW)
    page = efim.get("/").text
    assert "Вы вошли, но прав ещё нет" in page
    assert "Дина Орлова" in page
    assert "8 (000) 222-22-22" in page
    assert rows(page) == {}


def test_the_administrator_is_sent_to_his_own_sections(desk, dina):
    desk.in_status(Status.NEW)
    page = dina.get("/").text
    assert rows(page) == {}
    assert "Сообщений для вас здесь не бывает" in page


@pytest.mark.words
@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("anna", "Новое появится после загрузки выгрузки."),
        ("boris", "Когда куратор направит вам"),
        ("vera", "Новых сообщений"),
    ],
)
def test_an_empty_list_says_so_and_what_comes_next(desk, request, login, words):
    page = request.getfixturevalue(login).get("/").text
    assert words in page
    assert badge(page) == 0


def test_only_the_curator_is_offered_to_enter_and_to_load(desk, anna, boris):
    assert 'href="/messages/new"' in anna.get("/").text
    assert 'href="/imports"' in anna.get("/").text
    assert 'href="/messages/new"' not in boris.get("/").text


# --- News


def test_the_open_list_learns_that_it_is_another_one(desk, anna):
    desk.in_status(Status.NEW)
    poll = unescape(re.search(r'hx-get="(/inbox/news[^"]+)"', anna.get("/").text)[1])
    assert anna.htmx(poll, method="GET").status_code == 204
    with transaction():
        entry.enter_message(text="Нет света", network="vk", actor=desk.anna, now=NOW)
    answer = anna.htmx(poll, method="GET")
    assert answer.status_code == 200
    assert "список изменился" in answer.text
    assert "<html" not in answer.text


def test_it_learns_too_when_a_term_is_missed(desk, anna, clock):
    """It was among the urgent ones before; the list of half a minute ago still shows the time left."""
    desk.in_status(Status.NEW)  # to be routed until 11:05
    poll = unescape(re.search(r'hx-get="(/inbox/news[^"]+)"', anna.get("/").text)[1])
    clock.set(at("25.11 11:04"))
    assert anna.htmx(poll, method="GET").status_code == 204
    clock.set(at("25.11 11:06"))
    assert anna.htmx(poll, method="GET").status_code == 200


def test_a_row_that_others_have_routed_does_not_say_that_the_choice_was_kept(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    sent = {"version": message.version - 1, "executor_id": desk.boris.id, "suggested_topic_id": "", "back": "inbox"}
    answer = anna.htmx(f"/messages/{message.id}/route", sent)
    assert "Поверх ничего не записано." in answer.text
    assert "сохранено" not in answer.text
