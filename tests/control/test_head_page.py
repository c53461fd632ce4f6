"""A leader's page begins with what he has to do: reports, instructions, the late departments."""

from __future__ import annotations

import re
from datetime import date

from osm.base.transaction import transaction
from osm.flow.acts.act import record_breaches
from osm.messages.acts import routing
from osm.models import User
from osm.people.acts.absences import Given, enter_absence
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.office import at
from tests.page_reading import headings, rows, words

from .test_instruction_pages import log_in


def test_nothing_to_decide_is_said(desk, gleb):
    page = gleb.get("/").text
    assert "Решать сейчас нечего" in page
    assert headings(page) == []
    assert "Просроченных сообщений нет." in gleb.get("/?kind=late").text


def test_each_number_opens_the_list_that_it_counts(app, desk, clock):
    for _ in range(2):
        desk.in_status(Status.IN_WORK)
    desk.in_status(Status.ON_APPROVAL)
    desk.in_status(Status.NEW)
    clock.set(at("26.11 12:00"))
    gleb = browser_of(app, desk.ids, "gleb")
    page = gleb.get("/").text
    assert headings(page) == ["У кого просроченное 2"]
    assert len(rows(gleb.get("/?kind=late").text)) == 4
    told = words(page.split('id="section-departments"')[1].split("</section>")[0])
    assert "ЖКХ 8 (000) 111-11-11" in told
    links = re.findall(r'href="(/messages\?(?:figure=late|status=at)[^"]+)"', page)
    numbers = [int(n) for n in re.findall(r"(\d+) сообщени[ея] просрочен", told)]
    assert numbers == [2, 2]
    for link, number in zip(links, numbers, strict=True):
        assert len(re.findall(r"register-row", gleb.get(link.replace("&amp;", "&")).text)) == number


def test_the_reports_count_the_same_departments(app, desk, clock):
    for status in (Status.IN_WORK, Status.REWORK, Status.AWAITING_FINAL, Status.ON_APPROVAL, Status.APPROVED):
        desk.in_status(status)
    clock.set(at("25.12 12:00"))
    gleb = browser_of(app, desk.ids, "gleb")
    told = words(gleb.get("/").text.split('id="section-departments"')[1].split("</section>")[0])
    assert [int(n) for n in re.findall(r"(\d+) сообщени[ея] просрочен", told)] == [3, 2]
    report = words(gleb.get("/reports").text)
    assert "3 — Просрочено у отделов" in report
    assert "2 — Просрочено у пресс-центра" in report
    assert "ЖКХ 3 " in report.split("Просрочено у отделов сейчас")[1]


def test_an_absent_duty_officer_is_named_with_who_substitutes(app, desk, clock):
    desk.in_status(Status.IN_WORK)
    with transaction() as session:
        boris = session.get_one(User, desk.ids["boris"])
        boris.department.duty_officer_id = boris.id
    clock.set(at("26.11 12:00"))
    gleb = browser_of(app, desk.ids, "gleb")
    assert "отсутствует" not in gleb.get("/").text
    given = Given("leave", date(2026, 11, 25), date(2026, 11, 27), desk.ids["lidia"])
    enter_absence(boris.id, given, actor=desk.anna, now=clock.now())
    assert "дежурный: Борис Ежов, отсутствует по 27.11, замещает: Лидия" in words(gleb.get("/").text)


def test_a_deputy_sees_the_departments_that_he_supervises(app, desk, clock):
    desk.in_status(Status.IN_WORK)
    desk.in_status(Status.NEW)
    roads = desk.in_status(Status.IN_WORK)
    routing.reroute_message(
        roads.id, roads.version, executor_id=desk.ids["roman"], task="", actor=desk.anna, now=at("25.11 10:50")
    )
    clock.set(at("26.11 12:00"))
    record_breaches(clock.now())
    page = log_in(app, "sveta").get("/").text
    assert headings(page) == ["У кого просроченное 1"]
    assert len(rows(log_in(app, "sveta").get("/?kind=late").text)) == 1
    assert headings(log_in(app, "maxim").get("/").text) == ["У кого просроченное 3"]
