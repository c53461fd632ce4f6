"""Headings that repeat every week: kept per page; one press makes next week's ideas, and never twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import AccountEdition, Publication, WeeklyHeading
from osm.plan.acts import planning
from osm.regulation.own_pages import PageState
from tests.desk import NOW
from tests.page_reading import words


def ideas() -> list[Publication]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Publication).order_by(Publication.day)))


def only() -> WeeklyHeading:
    db.session.rollback()
    return db.session.scalars(db.select(WeeklyHeading)).one()


def test_a_press_makes_the_ideas_of_next_week_and_none_twice(plan, vera, anna, gleb):
    wrong = vera.submit("/plan/headings", {"name": " ", "weekday": 3, "time": "12:30"})
    assert wrong.status_code == 422
    assert "Напишите название рубрики" in wrong.text
    assert 'value="12:30"' in wrong.text
    vera.submit("/plan/headings", {"name": "Афиша", "weekday": 3, "time": "12:30", "pages": [plan.vk, 999]})
    assert vera.submit("/plan/headings/ideas", {}).status_code == 303
    (made,) = ideas()
    assert (made.title, made.heading, made.state, made.day) == ("Афиша", "Афиша", "idea", date(2026, 12, 3))
    assert made.at == datetime(2026, 12, 3, 2, 30, tzinfo=UTC)
    assert [one.account_id for one in made.placements] == [plan.vk]
    planning.move(made.id, made.version, date(2026, 12, 10), actor=plan.desk.vera, now=NOW)
    vera.submit("/plan/headings", {"name": "Вопрос — ответ", "weekday": 0})
    for browser in (anna, vera):
        browser.submit("/plan/headings/ideas", {})
    assert [(one.title, one.day) for one in ideas()] == [
        ("Вопрос — ответ", date(2026, 11, 30)),
        ("Афиша", date(2026, 12, 10)),
    ]
    assert {one.account_id for one in ideas()[0].placements} == {plan.vk, plan.ok}, "no page named: all"
    assert "Идея следующей недели" in words(vera.get("/plan/headings").text)
    assert planning.make_ideas(actor=plan.desk.vera, now=NOW + timedelta(days=7)) == 2
    assert gleb.get("/plan/headings").status_code == 403


def test_of_two_changing_one_heading_the_second_gets_a_conflict(plan, vera, anna):
    vera.submit("/plan/headings", {"name": "Афиша", "weekday": 3})
    seen, here = only().version, f"/plan/headings/{only().id}"
    vera.submit("/plan/headings/ideas", {})
    assert vera.submit(here, {"name": "Куда пойти", "weekday": 4, "version": seen}).status_code == 303
    stale = anna.submit(here, {"name": "Досуг", "weekday": 5, "version": seen})
    assert stale.status_code == 409
    assert "Досуг" in stale.text
    assert (only().name, only().weekday) == ("Куда пойти", 4)
    assert anna.submit(f"{here}/remove", {"version": only().version}).status_code == 303
    assert [one.title for one in ideas()] == ["Афиша"]


def test_a_heading_of_a_page_that_was_closed_goes_to_no_other_page(plan):
    given = planning.HeadingGiven("Афиша", 3, None, (plan.ok,))
    planning.HEADINGS.add(given, actor=plan.desk.vera, now=NOW)
    with transaction() as session:
        about = {"body": "Округ", "title": "Город ОК", "url": "https://ok.ru/group/7", "since": NOW, "number": 1}
        session.add(AccountEdition(account_id=plan.ok, state=PageState.CLOSED, state_on=NOW.date(), **about))
    planning.make_ideas(actor=plan.desk.vera, now=NOW)
    assert [one.placements for one in ideas()] == [[]]
