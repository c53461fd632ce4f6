"""Every button of every page of the plan does something, by the mouse and by Enter."""

from __future__ import annotations

from datetime import date, time

import pytest
from playwright.sync_api import Page, expect

from osm.base.database import db
from osm.base.transaction import transaction
from osm.files.acts.files import Upload
from osm.models import Publication
from osm.plan.acts import news, outgoing, planning
from osm.plan.acts.planning import HEADINGS, HeadingGiven
from osm.plan.rules import PlanAct, PublicationState
from tests.desk import NOW
from tests.in_browser import log_in, violations
from tests.office import at
from tests.pictures import picture

pytestmark = pytest.mark.browser

TODAY, THURSDAY = date(2026, 11, 25), date(2026, 11, 26)
PRESS_ALL = """async () => {
    let done = [];
    const say = (what) => done.push(what);
    new MutationObserver(() => say('changed')).observe(document, {subtree: true, childList: true, attributes: true,
        characterData: true});
    const stop = (event) => { say(event.type); event.preventDefault(); event.stopImmediatePropagation(); };
    window.addEventListener('submit', stop, true);
    window.addEventListener('invalid', () => say('invalid'), true);
    window.print = () => say('print');
    const dead = [];
    const buttons = [...document.querySelectorAll('main button, main summary')];
    for (const button of buttons) {
        for (let fold = button.parentElement.closest('details'); fold; fold = fold.parentElement.closest('details'))
            if (button.parentElement !== fold) fold.open = true;
        await new Promise(requestAnimationFrame);
        if (!button.checkVisibility() || button.disabled) continue;
        done = [];
        button.click();
        for (let waits = 0; !waits || (!done.length && waits < 200); waits += 1)
            await new Promise((after) => setTimeout(after, 30));
        if (!done.length) dead.push(button.getAttribute('aria-label') || button.textContent.trim());
    }
    return [buttons.length, dead];
}"""
"""Forms are stopped on their way, so that one page is enough for all its buttons. Copying takes as long as the machine
is busy."""


@pytest.fixture
def full(plan):
    """A publication in every state, offered news, a task of the krai, a heading."""
    anna, ids = plan.desk.anna, {}
    for state in ("idea", "draft", "submitted", "approved", "scheduled", "failed", "published", "cancelled", "found"):
        row = plan.idea(f"Каток {state}", TODAY)
        if state != "idea":
            then = {"draft": None, "submitted": PlanAct.SUBMIT}.get(state, PlanAct.APPROVE)
            outgoing.save(row.id, row.version, plan.written(), then=then, actor=anna, now=NOW)
        if state in ("scheduled", "failed"):
            planning.set_time(row.id, row.version, TODAY, time(12), schedule=True, actor=anna, now=NOW)
        if state == "published":
            for place in list(row.placements):
                outgoing.note_placed(
                    row.id, row.version, placement_id=place.id, url="", placed_at=None, without_link=True, actor=anna,
                    now=NOW,
                )  # fmt: skip
        if state == "cancelled":
            planning.cancel(row.id, row.version, reason="Оттепель", actor=anna, now=NOW)
        if state in ("failed", "found"):
            with transaction() as session:
                found = session.get_one(Publication, row.id)
                found.state = PublicationState(state)
                found.author = None if state == "found" else found.author
        if state == "draft":
            news.add(row.id, row.version, news.reduced([Upload("к.jpg", picture("JPEG"))]), actor=anna, now=NOW)
        ids[state] = row.id
    news.offer("Заменили лампы", "вчера", "Калининская", [], actor=plan.desk.boris, now=NOW)
    HEADINGS.add(HeadingGiven("Вопрос недели", 4, None, ()), actor=anna, now=NOW)
    task = news.enter(
        "День Конституции", "Друзья, с праздником!", given_by="Край", due_at=at("26.11 12:00"), pages=[plan.vk],
        actor=anna, now=NOW,
    )  # fmt: skip
    assert {row.state for row in db.session.scalars(db.select(Publication))} == set(ids)
    return {**{f"/plan/{number}": state for state, number in ids.items()}, f"/plan/tasks/{task.id}": "task"}


PAGES = (
    "/plan", "/plan?view=month", "/plan/news", "/plan/tasks", "/plan/headings", "/plan/dates", "/plan/calendar",
)  # fmt: skip


def test_no_button_of_the_plan_is_dead(page: Page, full, live_url):
    log_in(page, live_url)
    dead = {}
    for address in (*PAGES, *full):
        page.goto(f"{live_url}{address}")
        page.wait_for_load_state()
        buttons, silent = page.evaluate(PRESS_ALL)
        assert buttons or full.get(address) == "task", address
        dead |= {full.get(address, address): silent} if silent else {}
    assert dead == {}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("way", ["mouse", "Enter"])
def test_plus_of_a_day_writes_an_idea_down_for_that_day(page: Page, plan, live_url, way, width):
    page.set_viewport_size({"width": width, "height": 844})
    log_in(page, live_url, where="/plan")
    plus = page.get_by_role("button", name="Идея на").nth(2)
    if way == "mouse":
        plus.click()
    else:
        plus.focus()
        page.keyboard.press("Enter")
    expect(page.locator("#idea-title")).to_be_focused()
    box = page.locator(".idea-menu > .menu-panel").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert violations(page) == []
    page.keyboard.type("Открытие катка")
    page.keyboard.press("Enter")
    day = page.locator("[data-day='2026-11-27']")
    expect(day.locator(".plan-title")).to_have_text("Открытие катка")
