"""Reports in a real browser: three screens of a telephone, one sheet of paper, charts with their words."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from osm.regulation.words import Status
from tests.in_browser import log_in, violations
from tests.office import at

pytestmark = pytest.mark.browser

WIDE = "document.documentElement.scrollWidth - window.innerWidth"
HELD = """() => {
    const box = document.querySelector('#tables .figures-many').parentElement, head = box.querySelector('tbody th');
    const left = head.getBoundingClientRect().left;
    box.scrollLeft = 500;
    return [box.scrollLeft > 0, head.getBoundingClientRect().left === left];
}"""


def test_a_telephone_and_a_sheet(new_context, desk, clock, live_url):
    for status in (Status.ANSWERED, Status.REWORK, Status.IN_WORK):
        desk.give_topic(desk.in_status(status), "Отопление")
    desk.in_status(Status.AWAITING_FINAL)
    clock.set(at("25.11 18:00"))
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    log_in(page, live_url, "gleb")
    page.goto(f"{live_url}/reports?from=2026-11-23&to=2026-11-29")
    expect(page.get_by_role("img", name=re.compile("Поступило по дням: пн 23 — 0.*ср 25 — 4"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight") <= 3 * 844
    assert page.evaluate(WIDE) == 0
    assert violations(page) == []
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True))) == 1
    page.get_by_text("Экспорт").click()
    expect(page.get_by_role("link", name="Все показатели, XLSX")).to_be_visible()
    assert page.evaluate(WIDE) == 0
    page.get_by_role("link", name="Всё остальное").click()
    expect(page.get_by_role("heading", name="По отделам")).to_be_visible()
    assert page.url.endswith("/reports?from=2026-11-23&to=2026-11-29")  # in its place
    assert page.evaluate(WIDE) == 0
    assert page.evaluate(HELD) == [True, True]
    assert violations(page) == []
    assert said == []


def test_the_form_for_the_krai(new_context, desk, live_url):
    desk.in_status(Status.ANSWERED)
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    log_in(page, live_url)
    for _ in ("to be sent", "sent"):
        page.goto(f"{live_url}/reports/forms/daily?from=2026-11-25&to=2026-11-25")
        assert violations(page) == []
        if page.get_by_text("Отправлено…").count():
            page.get_by_text("Отправлено…").click()
            page.get_by_role("button", name="Отправлено", exact=True).click()
            expect(page.get_by_text("Числа и файл больше не меняются")).to_be_visible()
