"""Campaigns of elections: what names a candidate waits for a person; the day of silence is in the plan."""

from __future__ import annotations

from datetime import date

import pytest

from osm.base.database import db
from osm.models import Campaign, Event
from osm.plan.acts import outgoing, planning
from osm.plan.acts.news import CAMPAIGNS, CampaignGiven
from osm.plan.queries.card import candidates_of, named
from osm.regulation.errors import MissingInput
from tests.desk import NOW
from tests.page_reading import words
from tests.plan.conftest import NOON
from tests.plan.test_posting import posts, scheduled, tick

NAMES = ["Иванов Пётр Сергеевич", "Зимина Мария Ильинична", "Мороз Олег Львович"]
GIVEN = {
    "title": "Выборы в Думу округа", "first_day": "2026-11-20", "last_day": "2026-11-29", "silent_on": "2026-11-28",
    "candidates": "Иванов  Пётр Сергеевич\n\nЗимина Мария Ильинична\n",
}  # fmt: skip
TEXT = "Сегодня открыли каток. Лёд залил П. С. Иванов."


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Встреча с Ивановым Петром", NAMES[0]),
        ("Слово Марии Зиминой", NAMES[1]),
        ("Отчёт депутата Мороза", NAMES[2]),
        ("В четверг мороз до 25 градусов", ""),
        ("Ивановский сквер открыт", ""),
        ("", ""),
    ],
)
def test_a_surname_is_found_in_every_case(text, name):
    assert named(text, NAMES) == name


def test_names_are_one_a_line():
    assert candidates_of(GIVEN["candidates"]) == NAMES[:2]


def entered(plan) -> Campaign:
    given = CampaignGiven("Выборы", date(2026, 11, 20), date(2026, 11, 29), None, "\n".join(NAMES))
    return CAMPAIGNS.add(given, actor=plan.desk.vera, now=NOW)


def test_the_list_is_kept_and_the_day_of_silence_is_in_the_plan(plan, vera, gleb, boris):
    wrong = vera.submit("/plan/campaigns", {**GIVEN, "silent_on": "2026-12-01"})
    assert wrong.status_code == 422
    assert "День тишины не входит в дни кампании" in wrong.text
    assert "Иванов" in wrong.text
    assert vera.submit("/plan/campaigns", GIVEN).status_code == 303
    page = words(gleb.get("/plan/campaigns").text)
    assert "Иванов Пётр Сергеевич, Зимина Мария Ильинична" in page
    assert "Убрать кампанию" not in page
    for view in ("week", "month"):
        assert "День тишины: Выборы в Думу округа" in words(gleb.get(f"/plan?view={view}&day=2026-11-26").text)
    assert boris.get("/plan/campaigns").status_code == 403
    row = db.session.scalars(db.select(Campaign)).one()
    assert vera.submit(f"/plan/campaigns/{row.id}/remove", {"version": "1"}).status_code == 303
    assert "День тишины" not in gleb.get("/plan?day=2026-11-26").text


def test_who_plans_it_says_why_and_that_is_logged(plan, vera):
    entered(plan)
    row = plan.approved(text=TEXT)
    when = {"version": str(row.version), "day": "2026-11-26", "time": "12:00", "schedule": "1"}
    asked = vera.submit(f"/plan/{row.id}/time", when)
    assert asked.status_code == 422
    assert "Назван кандидат: Иванов Пётр Сергеевич («Выборы», по 29.11.2026)" in words(asked.text)
    assert 'name="campaign_reason"' in asked.text
    assert plan.again(row).state == "approved"
    assert (
        vera.submit(f"/plan/{row.id}/time", {**when, "campaign_reason": "Сам каток, без агитации"}).status_code == 303
    )
    assert plan.again(row).state == "scheduled"
    event = db.session.scalars(db.select(Event).where(Event.action == "plan_schedule")).one()
    assert event.changes["campaign_reason"] == ["", "Сам каток, без агитации"]
    changed = outgoing.save(
        row.id, plan.again(row).version, plan.written(text=f"{TEXT} Ура."), actor=plan.desk.anna, now=NOW
    )
    assert changed.campaign_reason == ""


def test_after_the_campaign_nobody_is_asked(plan):
    entered(plan)
    row = plan.approved(text=TEXT)
    given = {"schedule": True, "actor": plan.desk.vera, "now": NOW}
    assert planning.set_time(row.id, row.version, date(2026, 11, 30), NOON.time(), **given).state == "scheduled"


def test_a_campaign_entered_later_holds_what_is_planned_until_a_person_decides(plan, vk, ok):
    row = scheduled(plan, text=TEXT)
    entered(plan)
    tick(NOON)
    assert (posts(vk), plan.again(row).state) == ([], "failed")
    assert all("Назван кандидат" in one.error for one in plan.again(row).placements)
    event = db.session.scalars(db.select(Event).where(Event.action == "plan_fail").order_by(Event.id)).first()
    assert event.changes["to_id"] == [None, row.author_id]
    given = {"schedule": True, "at_once": True, "actor": plan.desk.anna, "now": NOON}
    with pytest.raises(MissingInput):
        planning.set_time(row.id, plan.again(row).version, None, None, **given)
    row = plan.again(row)
    planning.set_time(row.id, row.version, None, None, campaign_reason="Новость о катке", **given)
    tick(NOON + planning.UNDO)
    tick(NOON + planning.UNDO)
    assert posts(vk) == [TEXT]
    assert plan.again(row).state == "published"


def test_what_is_placed_by_hand_is_held_by_a_campaign_entered_later_too(plan):
    row = scheduled(plan, text=TEXT)
    entered(plan)
    tick(NOON)
    row = plan.again(row)
    assert (row.state, [one.told_at for one in row.placements]) == ("failed", [None, None])
    assert all("Назван кандидат" in one.error for one in row.placements)
