"""The calendar in a real browser: an act entered by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.in_browser import log_in, violations
from tests.web.test_browser import problems

pytestmark = pytest.mark.browser

__all__ = ["problems"]


def test_an_act_is_entered_by_keyboard_and_its_day_says_why(page: Page, live_url, cast, problems):
    log_in(page, live_url, "dina", "/admin/calendar/acts/new")
    page.get_by_label("День", exact=True).fill("2026-12-30")
    page.get_by_label("Работаем в эти часы:").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("09:00-12:00")
    page.get_by_label("Документ-основание").focus()
    page.keyboard.type("распоряжение № 7-р")
    page.get_by_label("Дата документа").fill("2026-11-20")
    page.get_by_label("Дата документа").press("Enter")
    expect(page.get_by_role("heading", name="Что изменится: акт на отдельные дни")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Сохранить и пересчитать").press("Enter")
    expect(page.get_by_text("Сохранено. Идущие сроки не сдвинулись.")).to_be_visible()
    page.wait_for_load_state()  # Escape is heard by a script
    day = page.get_by_role("button", name="30 декабря, среда: местный акт: 09:00–12:00")
    tip = page.locator(".day-tip", has_text="30 декабря")
    expect(tip).to_be_hidden()
    day.focus()
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("распоряжение № 7-р от 20.11.2026")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    assert problems == []
