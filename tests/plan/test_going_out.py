"""From its minute until the network's answer a publication is shown as being sent; «не вышло» only after it failed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from osm.plan.acts import posting
from tests.cast import browser_of
from tests.emulators.serving import Trouble
from tests.page_reading import words
from tests.plan.conftest import NOON
from tests.plan.test_posting import posts, scheduled, tick


def row_in(page):
    """What the grid says about the one publication."""
    return words(re.search(r'<li class="plan-row.*?</li>', page, re.DOTALL)[0])


@pytest.fixture
def shown(app, plan, clock):
    """The grid and the card as Анна sees them then."""

    def at(row, now):
        clock.set(now)
        anna = browser_of(app, plan.desk.ids, "anna")
        return row_in(anna.get("/plan?day=2026-11-25").text), words(anna.get(f"/plan/{row.id}").text)

    return at


@pytest.mark.parametrize("view", ["", "&view=month"])
def test_the_minute_of_the_worker_is_its_own(app, plan, vk, clock, view):
    row = scheduled(plan, plan.vk)
    for seconds in (1, 30, 90):
        clock.set(NOON + timedelta(seconds=seconds))
        grid = row_in(browser_of(app, plan.desk.ids, "anna").get(f"/plan?day=2026-11-25{view}").text)
        assert "выходит" in grid
        assert "не вышло" not in grid.lower()
    tick(NOON + timedelta(seconds=90))
    grid = row_in(browser_of(app, plan.desk.ids, "anna").get(f"/plan?day=2026-11-25{view}").text)
    assert posts(vk)
    assert "выходит" not in grid
    assert plan.again(row).state == "published"


def test_while_the_network_is_asked_again_it_is_not_failed(plan, vk, shown):
    row = scheduled(plan, plan.vk, late=15)
    vk.serving.trouble("wall.post", Trouble.CUT_BEFORE)
    tick(NOON)
    grid, card = shown(row, NOON + timedelta(minutes=5))
    assert "выходит" in grid
    assert "не вышло" not in grid.lower()
    assert "Выходит: программа публикует запись." in card
    tick(NOON + timedelta(minutes=40))
    grid, card = shown(row, NOON + timedelta(minutes=41))
    assert "Не вышло" in grid
    assert "выходит" not in grid


def test_what_no_worker_has_come_for_in_time_is_late(plan, networks, shown):
    row = scheduled(plan, plan.vk, late=15)
    grid, _ = shown(row, NOON + timedelta(minutes=18))
    assert "не вышло вовремя" in grid


def test_so_is_what_a_person_has_to_place(plan, networks, shown):
    row = scheduled(plan, plan.ok, form="poll", fields={"question": "Где ёлка?", "options": "Парк\nПлощадь"})
    posting.run_posts(NOON)
    grid, _ = shown(row, NOON + timedelta(minutes=1))
    assert "не вышло вовремя" in grid
