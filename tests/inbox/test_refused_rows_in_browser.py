"""Rows that change by htmx stay rows: after any answer to their forms the text stays where it was."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from osm.check.acts import verdicts
from osm.messages.acts.routing import select_message
from osm.regulation.words import Status
from tests.desk import NOW
from tests.in_browser import log_in, violations

pytestmark = pytest.mark.browser

SHAPE = """row => {
    const text = row.querySelector('.inbox-what, .inbox-text, p').getBoundingClientRect();
    return {height: row.getBoundingClientRect().height, text: text.width, over: row.scrollWidth - row.clientWidth};
}"""
WIDTHS = (1280, 1000, 390)


def stays_readable(page: Page, row: str) -> None:
    shape = page.locator(row).evaluate(SHAPE)
    assert shape["over"] <= 1, shape
    assert shape["text"] >= 220, shape
    assert shape["height"] <= 600, shape


@pytest.mark.parametrize("width", WIDTHS)
def test_a_marked_message_is_asked_about_in_its_row(page: Page, desk, answers_marked, live_url, width):
    message = desk.in_status(Status.NEW, text="Вы там все сволочи! Когда уберёте яму на Калининской, 12? " * 3)
    verdicts.read_due(NOW)
    page.set_viewport_size({"width": width, "height": 844})
    log_in(page, live_url)
    row = f"#m-{message.id}"
    stays_readable(page, row)
    page.locator(f"#executor-{message.id}").select_option(str(desk.ids["boris"]))
    page.locator(row).get_by_role("button", name="Направить").click()
    expect(page.locator(row).get_by_role("alert")).to_contain_text("Нажмите ещё раз")
    stays_readable(page, row)
    assert violations(page) == []
    page.locator(row).get_by_role("button", name="Всё равно направить").click()
    expect(page.locator(f"{row}.is-done")).to_be_visible()
    assert desk.again(message).status is Status.IN_WORK
    stays_readable(page, row)


@pytest.mark.parametrize("width", WIDTHS)
def test_changes_in_between_and_what_cannot_be_hurried(page: Page, app, desk, clock, live_url, width):
    stale = desk.in_status(Status.NEW, text="Яма на Калининской, 12, у самого подъезда, третий день")
    late = desk.in_status(Status.IN_WORK, text="Нет отопления в доме 5 по улице Пушкинской, батареи холодные")
    clock.set(NOW.replace(hour=6))  # 16:00: the draft is late
    page.set_viewport_size({"width": width, "height": 844})
    log_in(page, live_url)
    select_message(stale.id, stale.version, actor=desk.anna, now=NOW)
    page.locator(f"#executor-{stale.id}").select_option(str(desk.ids["boris"]))
    page.locator(f"#m-{stale.id}").get_by_role("button", name="Направить").click()
    expect(page.locator(".is-changed")).to_be_visible()
    stays_readable(page, f"#m-{stale.id}")
    page.get_by_role("link", name="У других просрочено").click()
    hurry = page.locator(f"#m-{late.id}").get_by_role("button", name="Поторопить")
    for _ in range(2):
        hurry.click()
        expect(page.locator(f"#m-{late.id} .hurry [role]")).to_have_count(1)
    stays_readable(page, f"#m-{late.id}")
