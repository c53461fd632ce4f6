"""`/reports`: what each person sees there, and that each number opens the list that it counts."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from openpyxl import load_workbook

from osm.answers.acts import drafting
from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import routing
from osm.models import BlacklistProposal, Comment, Department, Promise, PromiseState, User
from osm.regulation.words import Post, Status
from osm.reports.queries.definitions import DEFINITIONS
from tests.desk import NOW
from tests.office import at
from tests.page_reading import words
from tests.register.reading import numbers, total
from tests.statements import counted

DAY = "from=2026-11-25&to=2026-11-25"


@pytest.fixture
def busy(desk, clock):
    """A Wednesday: answers, a return for a known reason, an exclusion, a late department."""
    desk.give_topic(desk.in_status(Status.ANSWERED), "Ремонт дорог")
    desk.in_status(Status.ANSWERED, high=True)
    desk.in_status(Status.REWORK)
    desk.in_status(Status.EXCLUDED)
    desk.in_status(Status.AWAITING_FINAL)
    desk.in_status(Status.IN_WORK, high=True)
    clock.set(at("25.11 18:00"))
    return desk


def links(page):
    """Every number of the page with the list that it opens."""
    found = re.findall(r'<td class="number[^>]+data-number="(\d+)">\s*<a href="([^"]+)"', page)
    return [(int(number), unescape(address)) for number, address in found]


def test_each_number_opens_the_list_that_it_counts(busy, anna):
    answer = anna.get(f"/reports/tables?{DAY}")
    assert answer.status_code == 200
    registers = [(number, address) for number, address in links(answer.text) if address.startswith("/messages")]
    assert len(registers) > 30
    for number, address in registers:
        page = anna.get(address).text
        assert "Не удалось понять" not in page, address
        assert int(total(page)) == number == len(numbers(page)), address


def test_a_figure_among_the_filters_of_the_register(busy, anna):
    page = anna.get("/messages?figure=answered.2026-11-25.2026-11-25&network=vk").text
    assert "Показатель: Отвечено, 25.11–25.11.2026" in words(page)
    assert len(numbers(page)) == 2
    assert 'type="hidden" name="figure" value="answered.2026-11-25.2026-11-25"' in page


@pytest.mark.words
@pytest.mark.parametrize(
    "value",
    ["", "x", "answered", "answered.2026-11-25", "answered.2026-11-26.2026-11-25", "deleted.2026-11-25.2026-11-25",
     "answered.2026-11-25.2026-11-25.x1", "answered.2026-11-25.2026-11-25.d2.e1", "answered.0001-01-01.9999-12-31"],
)  # fmt: skip
def test_a_figure_that_is_none_is_named_and_left_out(desk, anna, value):
    desk.in_status(Status.NEW)
    page = anna.get(f"/messages?figure={value}", follow_redirects=True).text
    assert len(numbers(page)) == 1
    assert ("Не удалось понять в адресе: показатель" in words(page)) == bool(value)


def test_an_executor_sees_his_own(busy, boris, anna):
    lidia = busy.incident("25.11 10:00")
    page = boris.get(f"/reports/tables?{DAY}").text
    assert "Мои показатели" in words(page)
    assert "По исполнителям" not in words(page)
    assert "Комментарии (п. 2.6 Порядка)" not in words(page)
    received = re.search(r'Поступило</th>.*?data-number="(\d+)"', page, re.DOTALL)[1]
    assert received == "5"  # all but the excluded one and the one without an executor
    for number, address in links(page):
        shown = boris.get(address).text
        assert (int(total(shown)), lidia.number in numbers(shown)) == (number, False), address


def test_the_head_sees_no_list_that_he_may_not_open(busy, gleb):
    page = gleb.get(f"/reports/tables?{DAY}").text
    assert not [address for _, address in links(page) if address.startswith("/moderation")]
    assert "По отделам" in words(page)


@pytest.mark.words
@pytest.mark.parametrize("days", ["from=вчера", "from=2026-11-25&to=2026-11-24", "from=2020-01-01&to=2026-01-01"])
def test_impossible_days_are_reported_and_kept(desk, anna, days):
    answer = anna.get(f"/reports/tables?{days}")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert 'value="вчера"' in answer.text or "2026-11-24" in answer.text or "2020-01-01" in answer.text


def test_a_named_period_leads_to_its_lasting_address(desk, anna):
    page = anna.get("/reports?period=last-week").text
    assert "/reports?from=2026-11-16&amp;to=2026-11-22" in page


def test_the_file_has_the_same_figures(busy, anna):
    page = anna.get(f"/reports/tables?{DAY}").text
    answer = anna.get(f"/reports/export.xlsx?{DAY}")
    book = load_workbook(BytesIO(answer.data))
    assert book.sheetnames == [
        "Показатели", "По отделам", "По исполнителям", "По темам", "По соцсетям", "По улицам", "Сейчас",
    ]  # fmt: skip
    figures = {row[1]: row[3] for row in book["Показатели"].iter_rows(min_row=5, values_only=True)}
    for name in ("Поступило", "Отвечено", "Возвращено на доработку", "Исключено"):
        shown = re.search(rf'>{name}</th>.*?data-number="(\d+)"', page, re.DOTALL)[1]
        assert figures[name] == int(shown), name
    assert figures["Проект отправлен на согласование: в срок".replace("Проект", "проект")] == 4
    departments = {row[0]: row[1:] for row in book["По отделам"].iter_rows(min_row=3, values_only=True)}
    assert departments["ЖКХ"] == (5, 2, 1, 4, 2)


def test_the_definitions_are_in_one_table_of_the_help(desk, boris):
    page = boris.get("/help/figures").text
    assert all(f'id="{code}"' in page for code in DEFINITIONS)
    assert words(page).count("Поступило") >= 1


def test_the_week_of_the_head(busy, gleb):
    answer = gleb.get("/reports?from=2026-11-23&to=2026-11-29")
    said = words(answer.text)
    assert answer.status_code == 200
    assert "Ремонт дорог" in said
    assert "Решить: 1" in said
    assert "2 — Просрочено у отделов: поторопить" in said
    for number, address in links(answer.text):
        assert int(total(gleb.get(address).text)) == number, address


def test_the_first_page_is_light_and_its_old_address_leads_to_it(app, busy, gleb):
    gleb.get("/reports")
    with counted(app) as statements:
        page = gleb.get("/reports?from=2026-11-23&to=2026-11-29").text
    assert len(statements) <= 30
    assert len(page.encode()) <= 60_000
    old = gleb.get("/reports/week?from=2026-11-23&to=2026-11-29&period=x")
    assert (old.status_code, old.location) == (301, "/reports?from=2026-11-23&to=2026-11-29")


def test_the_report_of_one_department(busy, anna, gleb, boris):
    """Chosen by the press centre and the head; a deputy chooses among his own, an executor none."""
    found = dict(db.session.execute(db.select(Department.short_name, Department.id)).all())
    housing, roads = found["ЖКХ"], found["Дороги"]
    page = anna.get(f"/reports?{DAY}&department={housing}").text
    assert "ЖКХ: 25 ноября" in words(page)
    assert "Поступило 5 (" in words(page)  # as in the row of the tables
    assert "В срок (п. 10, 12, 14) 67 %: 4 из 6" in words(page)
    address = unescape(re.search(r'Поступило <a href="([^"]+)">5', page)[1])
    assert int(total(anna.get(address).text)) == 5
    table = anna.get(f"/reports/tables?{DAY}&department={housing}").text
    assert re.search(r'Поступило</th>.*?data-number="(\d+)"', table, re.DOTALL)[1] == "5"
    assert "department=" not in boris.get("/reports").text
    assert anna.get("/reports?department=999").status_code == anna.get("/reports?department=x").status_code == 404
    with transaction() as session:
        session.get_one(User, busy.ids["gleb"]).post = Post.DEPUTY_HEAD
        session.get_one(Department, roads).supervisor_id = busy.ids["gleb"]
    assert gleb.get(f"/reports?department={roads}").status_code == 200
    assert gleb.get(f"/reports?department={housing}").status_code == 404


def test_the_week_without_anything_says_so(desk, gleb):
    said = words(gleb.get("/reports").text)
    assert "Решать сейчас нечего" in said
    assert "Просроченной работы у отделов нет" in said


def test_what_is_no_message_opens_its_own_list(desk, clock, anna):
    """Deleted and waiting comments, a banned author, promises kept and broken."""
    reply = desk.in_status(Status.ANSWERED).replies[0]
    by = {"created_by_id": desk.ids["anna"], "created_at": NOW, "message_id": reply.message_id, "reply_id": reply.id}
    done = {"state": PromiseState.DONE, "result": "Сделано", "reported_at": NOW, "decided_at": NOW}
    gone = {"state": "deleted", "decided_at": NOW, "evidence_sha256": "-"}
    with transaction() as session:
        session.add_all(
            [
                comment(1, **gone, ground="threat"),
                comment(2, **gone, ground="spam"),
                comment(3, **gone | {"decided_at": at("23.11 10:00")}, ground="spam"),
                comment(4, stored_at=at("25.11 10:30")),
                comment(5, stored_at=at("20.11 10:30")),
                Promise(due_on=date(2026, 11, 25), **done, **by),
                Promise(due_on=date(2026, 11, 25), state=PromiseState.NOT_KEPT, reason="Нет", **by),
                Promise(due_on=date(2026, 11, 24), **done, **by),
                Promise(due_on=date(2026, 11, 25), **by),  # its day is not over
                BlacklistProposal(
                    network="vk", ground="spam", state="applied", proposed_term="month", term="month", applied_at=NOW,
                    proposed_at=NOW, proposed_by_id=desk.ids["anna"],
                ),
            ]
        )  # fmt: skip
    clock.set(at("25.11 18:00"))
    page = anna.get(f"/reports/tables?{DAY}").text
    rows = {"/promises": '<li class="inbox-row', "/moderation/decided": '<li class="comment"', "/blacklist": "<tr>\n"}
    found = [(number, address) for number, address in links(page) if address.split("?")[0] in rows]
    # promised, kept, late, still open; deleted, of them threats, spam; banned
    assert sorted(number for number, _ in found) == [1, 1, 1, 1, 1, 1, 2, 3]
    assert "33 %: 1 из 3" in words(page)  # of all promises due on these days, with the open one
    for number, address in found:
        assert anna.get(address).text.count(rows[address.split("?")[0]]) == number, address
    waiting = [(number, address) for number, address in links(page) if address.startswith("/moderation?")]
    assert [number for number, _ in waiting] == [1, 1]
    for number, address in waiting:
        said = anna.get(address).text
        assert "Только те, что пришли" in words(said)
        assert said.count('<li class="comment"') == number, address


def test_what_several_departments_have_counts_once(busy, anna):
    """The rows by department, with «не направлено», end with their total: the figures of the whole report."""
    for number in range(2):
        busy.incident(f"25.11 1{number}:00")
    page = anna.get(f"/reports/tables?{DAY}").text
    table = page[page.index('id="by-department"') :].partition("</table>")[0]
    rows = {
        name: [int(number) for number in re.findall(r'data-number="(\d+)"', cells)]
        for name, cells in re.findall(r'<th scope="row">([^<]+)</th>(.*?)</tr>', table, re.DOTALL)
    }
    total = rows.pop("Всего")
    assert rows["не направлено"][0] == 3  # and the one that was excluded
    assert [sum(column) for column in zip(*rows.values(), strict=True)] == total
    for name, at_place in (("Поступило", 0), ("Отвечено", 1), ("Возвращено на доработку", 2)):
        assert int(re.search(rf'>{name}</th>.*?data-number="(\d+)"', page, re.DOTALL)[1]) == total[at_place], name


def test_a_miss_repaired_the_next_day_belongs_to_the_day_before(desk, clock, anna):
    """Reading 13: the clock is in one day only."""
    message = desk.incident("24.11 14:00", high=True)
    routing.route_message(
        message.id, message.version, executor_id=desk.boris.id, task="", actor=desk.anna, now=at("24.11 14:10")
    )
    given = {"text": "Здравствуйте! Яму засыпали.", "kind": "final", "confirmed": True}
    drafting.submit_draft(message.id, message.version, **given, actor=desk.boris, now=at("25.11 10:20"))
    late = {day: figure(anna, "late-10", day) for day in ("2026-11-24", "2026-11-25")}
    assert late == {"2026-11-24": 1, "2026-11-25": 0}
    assert figure(anna, "kept-10", "2026-11-25") == 0


def figure(browser, code, day):
    return len(numbers(browser.get(f"/messages?figure={code}.{day}.{day}").text))


def comment(number, **values):
    return Comment(network="vk", external_id=str(number), text="Текст", text_digest="-", **{"stored_at": NOW, **values})
