"""What a browser prints on A4: how many sheets, nothing cut off, the head of a long table on each."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page

from osm.plan.acts import outgoing
from osm.plan.acts.outgoing import Written
from osm.plan.rules import PlanAct
from osm.regulation.words import Status
from tests.desk import NOW, Desk
from tests.in_browser import log_in
from tests.plan.conftest import Plan, plan

__all__ = ["plan"]

pytestmark = pytest.mark.browser

A4_WIDTH = {"portrait": 718, "landscape": 1047}
"""CSS pixels between the margins of a sheet."""


def sheets(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True)))


def is_cut_off(page: Page, way: str) -> bool:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_WIDTH[way], "height": 900})
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_ten_publications_of_a_week_are_one_sheet(page: Page, plan: Plan, live_url: str) -> None:
    for number in range(10):
        title = f"График отключений горячей воды по улицам округа, часть {number + 1}"
        row = plan.idea(title, date(2026, 11, 25 + number % 5))
        written = Written(title, "Отключат с 9:00 до 17:00.", heading="Коммунальная среда", pages=(plan.vk, plan.ok))
        outgoing.save(row.id, row.version, written, then=PlanAct.APPROVE, actor=plan.desk.anna, now=NOW)
    log_in(page, live_url)
    for address in ("/plan", "/plan/journal"):
        page.goto(f"{live_url}{address}")
        assert sheets(page) == 1, address
        assert not is_cut_off(page, "landscape"), address
        assert page.get_by_text("часть 10").first.is_visible()


def test_a_long_journal_repeats_its_head(page: Page, desk: Desk, live_url: str) -> None:
    for number in range(40):
        desk.in_status(Status.NEW, text=f"Яма на Калининской, {number}. " + "Ездить невозможно, примите меры. " * 5)
    log_in(page, live_url, where="/journal?from=2026-11-01&to=2026-11-30")
    found = sheets(page)
    assert 3 <= found <= 8
    assert not is_cut_off(page, "landscape")
    head = "getComputedStyle(document.querySelector('.journal thead'))"
    assert page.evaluate(f"[{head}.display, {head}.position]") == ["table-header-group", "static"]


def test_a_card_is_one_sheet(page: Page, desk: Desk, live_url: str) -> None:
    message = desk.in_status(Status.ANSWERED)
    log_in(page, live_url, where=f"/messages/{message.id}/print")
    assert sheets(page) == 1
    assert not is_cut_off(page, "portrait")
