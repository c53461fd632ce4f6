"""«Ждёт меня»: the order of the rows, what is not on the list, filters, and rows on demand."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.base.transaction import transaction
from osm.calendar.queries import load_calendar
from osm.flow.queries.duties import day_borders
from osm.messages.acts import routing
from osm.regulation.words import Status
from tests.office import at
from tests.page_reading import badge, page_of, rows, sections, words
from tests.statements import counted


@pytest.mark.parametrize(
    ("now", "soon", "today", "morning"),
    [
        ("25.11 11:00", "25.11 12:30", "25.11 23:59", "26.11 13:00"),
        ("25.11 12:30", "25.11 14:48", "25.11 23:59", "26.11 13:00"),  # over the lunch
        ("25.11 13:10", "25.11 15:18", "25.11 23:59", "26.11 13:00"),  # during it
        ("25.11 17:00", "26.11 09:30", "26.11 09:30", "26.11 13:00"),
        ("25.11 16:30", "26.11 09:00", "26.11 09:00", "26.11 13:00"),  # 09:00 sharp has as much time left as 18:00
        ("25.11 19:00", "26.11 10:30", "26.11 10:30", "26.11 13:00"),  # over: what will be short in the morning
        ("27.11 15:00", "27.11 16:30", "27.11 23:59", "30.11 13:00"),  # Friday
        ("28.11 12:00", "30.11 10:30", "30.11 10:30", "30.11 13:00"),
    ],
)
def test_the_borders_of_the_day(app, now, soon, today, morning):
    borders = day_borders(at(now), load_calendar())
    told = [f"{instant:%d.%m %H:%M}" for instant in (borders.soon, borders.today, borders.morning)]
    assert told == [soon, today, morning]


def test_what_can_still_be_kept_comes_before_what_is_late(desk, anna):
    late = [desk.incident(when) for when in ("25.11 09:20", "25.11 09:10")]
    soon = [desk.incident(when) for when in ("25.11 10:40", "25.11 10:10")]
    high = desk.incident("25.11 10:50", high=True)
    today = desk.in_status(Status.APPROVED)
    page = anna.get("/").text
    assert list(rows(page)) == [f"m-{m.id}" for m in (high, soon[1], soon[0], today, late[1], late[0])]
    assert sections(page) == [("route", 5), ("publish", 1)]
    assert page.count("is-late") == 2
    assert list(rows(anna.get("/?kind=publish").text)) == [f"m-{today.id}"]
    assert len(rows(anna.get("/?kind=nonsense").text)) == 6


def test_the_next_morning_is_not_on_the_list_until_four(desk, anna, clock):
    message = desk.incident("25.11 17:30")  # due on Thursday at 09:30
    clock.set(at("25.11 15:50"))
    page = anna.get("/").text
    assert (rows(page), badge(page), sections(page)) == ({}, 0, [("morning", 1)])
    assert "Завтра с утра 1" in words(page)
    assert list(rows(anna.get("/?kind=morning").text)) == [f"m-{message.id}"]
    assert list(rows(anna.get("/?section=morning").text)) == [f"m-{message.id}"], "an address before 1.0"
    clock.set(at("25.11 16:00"))
    page = anna.get("/").text
    assert (list(rows(page)), badge(page)) == ([f"m-{message.id}"], 1)
    assert badge(anna.get("/help").text) == 1


def test_an_executor_with_nothing_today_is_led_to_what_he_has_later(app, desk, clock):
    assert "У вас ничего не ждёт" in words(page_of(app, desk, "boris"))
    message = desk.incident("25.11 15:30")
    clock.set(at("25.11 15:40"))
    routed = {"executor_id": desk.boris.id, "task": "", "actor": desk.anna, "now": at("25.11 15:40")}
    routing.route_message(message.id, message.version, **routed)
    page = page_of(app, desk, "boris")
    assert (rows(page), sections(page)) == ({}, [("morning", 1)])
    assert "У вас ничего не ждёт" not in words(page)
    assert re.search(r'<a class="btn btn-primary" href="/\?kind=morning">\s*Завтра с утра 1\s*</a>', page)


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
    assert label in words(page_of(app, desk, "anna"))


def test_outside_working_time_what_will_be_short_in_the_morning_comes_first(app, desk, clock):
    """In working time: on Saturday an hour of Monday is near, three hours of it are not."""
    late, short = desk.incident("27.11 15:00"), desk.incident("28.11 10:00")
    far = desk.in_status(Status.APPROVED)
    with transaction():
        for deadline in far.deadlines:
            deadline.due_at = at("30.11 12:00")
    clock.set(at("28.11 10:30"))
    page = page_of(app, desk, "anna")
    assert list(rows(page)) == [f"m-{one.id}" for one in (short, far, late)]
    assert rows(page)[f"m-{short.id}"].startswith("с пн 09:00 — 1 ч")
    assert rows(page)[f"m-{far.id}"].startswith("Нерабочее время, отсчёт с пн 09:00")
    assert [page.count(f"term-{level}") for level in ("overdue", "soon", "next_morning")] == [1, 1, 1]
    assert badge(page) == 3


def test_what_is_due_later_is_not_in_the_number(app, desk, anna, clock):
    """Neither on the list itself nor on other pages, which count with their own statement."""
    desk.incident("25.11 10:40")
    for status in (Status.APPROVED, Status.AWAITING_AUTHOR):
        message = desk.in_status(status)
        with transaction():
            for deadline in message.deadlines:
                deadline.due_at = at("27.11 12:00")
    page = anna.get("/").text
    assert sections(page) == [("route", 1), ("source", 1), ("later", 2)]  # one answer is to be entered
    assert (badge(page), badge(anna.get("/help").text)) == (2, 2)


def test_high_importance_is_loud_and_has_its_inner_target(desk, anna, clock):
    message = desk.incident("25.11 10:50", high=True)
    row = rows(anna.get("/").text)[f"m-{message.id}"]
    assert "повыш. важность" in row
    assert "цель: направить до 11:05 сегодня" in row
    assert row.startswith("осталось 2 ч 50 мин")
    assert "п. 9" in row
    clock.set(at("25.11 11:06"))
    page = anna.get("/").text
    assert 'class="target-passed"' in page
    assert "просрочено" not in page
    clock.set(at("25.11 12:00"))
    row = rows(anna.get("/").text)[f"m-{message.id}"]
    assert row.startswith("осталось 1 ч 50 мин")
    assert "срок п. 7 прошёл сегодня в 11:50" in row


def test_an_unknown_term_is_red(desk, anna, clock):
    message = desk.incident("25.11 10:00")
    with transaction():
        for deadline in message.deadlines:
            deadline.due_at = None
    page = anna.get("/").text
    assert badge(page) == 1
    assert "term-unknown" in page
    assert "срок неизвестен" in rows(page)[f"m-{message.id}"]


def test_the_arithmetic_of_the_term_is_there_on_demand(desk, anna):
    desk.in_status(Status.NEW)
    page = anna.get("/").text
    assert re.search(
        r'<details class="term term-soon">.*?10:05 → 11:05 1 ч \(п\. 7: 1 рабочий час\).*?</details>', page, re.DOTALL
    )


def test_forty_rows_at_once_and_the_others_on_demand(desk, anna):
    for minute in range(45):
        desk.incident(f"25.11 10:{minute + 10}")
    page = anna.get("/").text
    assert len(rows(page)) == 40
    assert (badge(page), sections(page)) == (45, [("route", 45)])
    (more,) = re.findall(r'hx-get="(/inbox/more[^"]+)"', page)
    done = anna.submit(f"/messages/{next(iter(rows(page)))[2:]}/dismiss", {"version": 1, "reason": "Благодарность"})
    assert done.status_code == 303
    rest = anna.htmx(unescape(more), method="GET").text
    assert len(rows(rest)) == 5, "what was done meanwhile moves nothing"
    assert not rows(page).keys() & rows(rest).keys()
    assert "<html" not in rest
    assert len(rows(anna.get(unescape(more)).text)) == 5, "a page of its own without JavaScript"


def test_a_full_list_costs_no_more_statements_than_a_short_one(app, desk, anna):
    desk.incident("25.11 10:10")
    desk.in_status(Status.APPROVED)
    anna.get("/")  # the first page of a process asks once which installation this is
    with counted(app) as few:
        anna.get("/")
    for minute in range(20):
        desk.incident(f"25.11 10:{minute + 10}", high=minute % 2 == 0)
        desk.in_status(Status.APPROVED)
    with counted(app) as many:
        anna.get("/")
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= 16
