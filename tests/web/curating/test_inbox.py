"""«Ждёт меня»: the table of duties by role, the sections of the day, the numbers in the menu."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from osm.regulation.words import Role, Status
from osm.services import entry, routing
from osm.store.calendar import load_calendar
from osm.store.models import User, UserRole
from osm.store.queries.day import day_borders
from osm.store.queries.duties import DUTIES
from osm.store.transaction import transaction
from tests.people import browser_of
from tests.services.office import at

from .desk import NOW, WAYS
from .statements import counted


def rows(page: str) -> dict[str, str]:
    """Id of each row → its text as a person reads it."""
    found = re.findall(r'<li class="inbox-row[^"]*" id="([^"]+)">(.*?)</li>', page, re.DOTALL)
    return {row_id: " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()) for row_id, text in found}


def headings(page: str) -> list[str]:
    found = re.findall(r"<h2[^>]*>(.*?)</h2>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", text).split()) for text in found]


def page_of(app, desk, login: str) -> str:
    """The list of a person who logs in now: sessions of the day before have ended."""
    return browser_of(app, desk.ids, login).get("/").text


def badge(page: str) -> int:
    return int(re.search(r'id="badge-inbox"[^>]*>(\d+)', page)[1])


# --- Who has to do what: one line for each (status, role) of the table

WAITS = [
    ("anna", Status.NEW, "Направить", "Направить исполнителю, п. 7", "осталось 5 мин"),
    ("anna", Status.SELECTED, "Направить", "Направить исполнителю, п. 7", "осталось 5 мин"),
    ("anna", Status.ON_APPROVAL, "Согласовать", "Согласовать или вернуть, п. 11", "просрочено 10 мин"),
    ("anna", Status.APPROVED, "Опубликовать", "Ответ в соцсети, п. 8", "осталось 6 ч 10 мин"),
    ("anna", Status.AWAITING_AUTHOR, "Проверить, ответил ли автор", "", "срока нет"),
    ("boris", Status.IN_WORK, "Подготовить ответ", "Проект на согласование, п. 10", "осталось 3 ч 10 мин"),
    ("boris", Status.REWORK, "Доработать", "Доработать проект, п. 12", "осталось 30 мин"),
    ("boris", Status.AWAITING_FINAL, "Готовить окончательный", "Окончательный ответ, п. 13", "осталось 3 рабочих дня"),
    ("vera", Status.NEW, "Проверить", "Направить исполнителю, п. 7", "осталось 5 мин"),
]


@pytest.mark.parametrize(("login", "status", "verb", "by", "term"), WAITS)
def test_it_waits_for_this_person_by_this_clock(desk, request, login, status, verb, by, term):
    message = desk.in_status(status)
    row = rows(request.getfixturevalue(login).get("/").text)[f"m-{message.id}"]
    assert row.startswith(term)
    assert by in row
    assert row.endswith(verb)


@pytest.mark.parametrize("status", list(WAYS))
@pytest.mark.parametrize("login", ["anna", "boris", "vera"])
def test_nothing_else_waits_for_anybody(desk, request, login, status):
    message = desk.in_status(status)
    expected = any((login, status) == (who, where) for who, where, *_ in WAITS)
    assert (f"m-{message.id}" in rows(request.getfixturevalue(login).get("/").text)) == expected


LATE = [
    (Status.IN_WORK, "25.11 15:00", "Проект на согласование, п. 10"),
    (Status.REWORK, "25.11 11:31", "Доработать проект, п. 12"),
    (Status.AWAITING_FINAL, "30.11 09:00", "Окончательный ответ, п. 13"),
]


@pytest.mark.parametrize(("status", "when", "by"), LATE)
def test_the_curator_hurries_on_whoever_is_late(app, desk, clock, status, when, by):
    message = desk.in_status(status)
    clock.set(at(when))
    row = rows(page_of(app, desk, "anna"))[f"m-{message.id}"]
    assert by in row
    assert "Борис Ежов (ЖКХ) · 8 (000) 111-11-11" in row
    assert row.endswith("Поторопить")


def test_the_final_answer_is_the_curators_matter_on_its_last_day(app, desk, clock):
    message = desk.in_status(Status.AWAITING_FINAL)
    for when, expected in (("27.11 17:00", False), ("29.11 12:00", False), ("30.11 09:00", True)):
        clock.set(at(when))
        assert (f"m-{message.id}" in rows(page_of(app, desk, "anna"))) == expected


def test_the_table_of_duties_is_tested_to_its_last_line():
    tested = {(login, status) for login, status, *_ in WAITS} | {("anna", status) for status, *_ in LATE}
    roles = {"anna": Role.CURATOR, "boris": Role.EXECUTOR, "vera": Role.MODERATOR}
    publisher = (Role.EXECUTOR, Status.APPROVED)
    assert {(duty.role, duty.status) for duty in DUTIES} == {(roles[login], status) for login, status in tested} | {
        publisher
    }


@pytest.mark.parametrize(("networks", "expected"), [((), False), (("ok",), False), (("vk", "ok"), True)])
def test_an_executor_publishes_where_the_setting_allows_it(app, desk, boris, networks, expected, monkeypatch):
    settings = replace(app.extensions["osm_settings"], executors_publish=frozenset(networks))
    monkeypatch.setitem(app.extensions, "osm_settings", settings)
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


# --- Sections


@pytest.mark.parametrize(
    ("now", "soon", "today", "morning"),
    [
        ("25.11 11:00", "25.11 12:30", "25.11 23:59", "26.11 13:00"),
        ("25.11 12:30", "25.11 14:48", "25.11 23:59", "26.11 13:00"),  # over the lunch
        ("25.11 13:10", "25.11 15:18", "25.11 23:59", "26.11 13:00"),  # during it
        ("25.11 17:00", "26.11 09:30", "26.11 09:30", "26.11 13:00"),
        ("25.11 16:30", "26.11 09:00", "26.11 09:00", "26.11 13:00"),  # 09:00 sharp has as much left as 18:00
        ("25.11 19:00", "25.11 23:59", "25.11 23:59", "26.11 13:00"),
        ("27.11 15:00", "27.11 16:30", "27.11 23:59", "30.11 13:00"),  # Friday
        ("28.11 12:00", "28.11 23:59", "28.11 23:59", "30.11 13:00"),
    ],
)
def test_the_borders_of_the_day(app, now, soon, today, morning):
    borders = day_borders(at(now), load_calendar())
    told = [f"{instant:%d.%m %H:%M}" for instant in (borders.soon, borders.today, borders.morning)]
    assert told == [soon, today, morning]


def test_the_next_term_stands_on_top_and_what_is_overdue_above_all(desk, anna):
    received = ["25.11 10:40", "25.11 09:20", "25.11 10:10"]
    soon = [desk.incident(when) for when in received]
    today = desk.in_status(Status.APPROVED)
    page = anna.get("/").text
    assert list(rows(page)) == [f"m-{m.id}" for m in (soon[1], soon[2], soon[0], today)]
    assert headings(page) == ["Сейчас 3", "Сегодня 1"]
    assert page.count("is-late") == 1


def test_tomorrow_morning_is_folded_until_four_and_then_open(desk, anna, clock):
    desk.incident("25.11 17:30")  # due on Thursday at 09:30
    clock.set(at("25.11 15:50"))
    page = anna.get("/").text
    assert headings(page) == ["Завтра с утра 1"]
    assert '<details class="inbox-section"' in page
    clock.set(at("25.11 16:00"))
    page = anna.get("/").text
    assert headings(page) == ["Завтра с утра 1"]
    assert '<details class="inbox-section"' not in page


@pytest.mark.parametrize(
    ("when", "received", "label"),
    [
        ("27.11 15:30", "27.11 16:40", "В понедельник с утра 1"),
        ("30.12 15:30", "30.12 17:40", "В понедельник 11.01 с утра 1"),  # the New Year holidays
        ("25.11 15:30", "25.11 17:40", "Завтра с утра 1"),
    ],
)
def test_before_days_off_the_next_morning_has_its_own_name(app, desk, clock, when, received, label):
    desk.incident(received)
    clock.set(at(when))
    assert headings(page_of(app, desk, "anna")) == [label]


def test_outside_working_time_nothing_counts_down(app, desk, clock):
    message = desk.incident("28.11 10:00")
    clock.set(at("28.11 10:30"))
    page = page_of(app, desk, "anna")
    assert "Нерабочее время, отсчёт с пн 09:00" in rows(page)[f"m-{message.id}"]
    assert page.count("Нерабочее время, отсчёт с пн 09:00") == 2  # the day itself says so too


def test_high_importance_is_loud_and_has_its_inner_target(desk, anna, clock):
    message = desk.incident("25.11 10:50", high=True)
    row = rows(anna.get("/").text)[f"m-{message.id}"]
    assert "повышенная важность" in row
    assert "внутренняя цель: направить до 25.11 11:05" in row
    clock.set(at("25.11 11:06"))
    page = anna.get("/").text
    assert 'class="target-passed"' in page
    assert "просрочено" not in page


def test_a_term_that_is_not_known_stands_in_red(desk, anna, clock):
    message = desk.incident("25.11 10:00")
    with transaction():
        for deadline in message.deadlines:
            deadline.due_at = None
    page = anna.get("/").text
    assert headings(page) == ["Сейчас 1"]
    assert "term-unknown" in page
    assert "срок неизвестен" in rows(page)[f"m-{message.id}"]


def test_the_arithmetic_of_the_term_is_there_on_demand(desk, anna):
    desk.in_status(Status.NEW)
    page = anna.get("/").text
    assert re.search(
        r'<details class="term term-soon">.*?10:05 → 11:05 1 ч \(п\. 7: 1 рабочий час\).*?</details>', page, re.DOTALL
    )


def test_a_long_section_is_cut_and_the_rest_is_one_click_away(desk, anna):
    for minute in range(32):
        desk.incident(f"25.11 10:{minute + 10}")
    page = anna.get("/").text
    assert len(rows(page)) == 30
    assert headings(page) == ["Сейчас 32"]
    assert 'href="/?section=now"' in page
    assert "Ещё 2 в разделе «Сейчас»" in page
    assert len(rows(anna.get("/?section=now").text)) == 32
    assert badge(page) == 32
    assert anna.get("/?section=nonsense").status_code == 200


def test_a_full_list_costs_no_more_statements_than_a_short_one(app, desk, anna):
    desk.incident("25.11 10:10")
    desk.in_status(Status.APPROVED)
    with counted(app) as few:
        anna.get("/")
    for minute in range(20):
        desk.incident(f"25.11 10:{minute + 10}", high=minute % 2 == 0)
        desk.in_status(Status.APPROVED)
    with counted(app) as many:
        anna.get("/")
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= 16


# --- Other people


def test_an_executor_sees_below_what_his_department_works_on(desk, boris):
    mine = desk.in_status(Status.IN_WORK)
    theirs, strangers = desk.in_status(Status.NEW), desk.in_status(Status.NEW)
    for message, login in ((theirs, "lidia"), (strangers, "roman")):
        routing.route_message(message.id, 1, executor_id=desk.ids[login], task="", actor=desk.anna, now=NOW)
    page = boris.get("/").text
    found = rows(page)
    assert set(found) == {f"m-{mine.id}", f"colleague-{theirs.id}"}
    assert "Лидия Журавлёва (ЖКХ)" in found[f"colleague-{theirs.id}"]
    assert headings(page)[-1] == "Отдел 1"
    assert badge(page) == 1


def test_the_head_sees_what_is_late_and_what_was_answered_today(app, desk, gleb, clock):
    late, answered = desk.in_status(Status.IN_WORK), desk.in_status(Status.ANSWERED)
    desk.in_status(Status.DISMISSED)
    clock.set(at("25.11 15:00"))
    page = gleb.get("/").text
    assert headings(page) == ["Просрочено сейчас 1", "Отвечено сегодня 1"]
    row = rows(page)[f"late-{late.id}"]
    assert row.startswith("просрочено 2 мин")
    assert "Готовит исполнитель" in row
    assert "Борис Ежов (ЖКХ)" in row
    assert badge(page) == 1
    assert f"№ {answered.number}" in page
    assert "10:40, в срок" in page
    assert "Здравствуйте! Яму засыпали." in page
    clock.set(at("26.11 09:00"))
    assert "Сегодня ответов ещё не было." in page_of(app, desk, "gleb")


def test_the_head_is_not_told_of_what_is_nobodys_delay(desk, gleb, anna, clock):
    message = desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 14:50"))
    form = {"version": message.version, "detected_at": "2026-11-25T10:05"}
    assert anna.submit(f"/messages/{message.id}/raise-importance", form).status_code == 303
    assert "Просроченных сообщений нет." in gleb.get("/").text


def test_who_has_no_role_is_told_whom_to_ask(desk, efim):
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
    assert "Список изменился (11:00)" in answer.text
    assert "<html" not in answer.text


def test_it_learns_too_when_a_message_becomes_urgent(desk, anna, clock):
    desk.in_status(Status.APPROVED)  # due at 17:58
    poll = unescape(re.search(r'hx-get="(/inbox/news[^"]+)"', anna.get("/").text)[1])
    clock.set(at("25.11 16:20"))
    assert anna.htmx(poll, method="GET").status_code == 204
    clock.set(at("25.11 16:40"))
    assert anna.htmx(poll, method="GET").status_code == 200


def test_it_learns_too_when_a_term_is_missed(desk, anna, clock):
    """It stood among the urgent ones before; the list of half a minute ago still says how much is left."""
    desk.in_status(Status.NEW)  # to be routed until 11:05
    poll = unescape(re.search(r'hx-get="(/inbox/news[^"]+)"', anna.get("/").text)[1])
    clock.set(at("25.11 11:04"))
    assert anna.htmx(poll, method="GET").status_code == 204
    clock.set(at("25.11 11:06"))
    assert anna.htmx(poll, method="GET").status_code == 200
