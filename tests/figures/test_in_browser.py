"""Reports in a real browser: each chart draws the numbers of its table; the head's week fits on one sheet."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from osm.regulation.words import Status
from tests.in_browser import log_in, violations
from tests.office import at

pytestmark = pytest.mark.browser

DRAWN = """() => [...document.querySelectorAll('[data-chart]')].map(place => {
    const rows = [...document.getElementById(place.dataset.chart).tBodies[0].rows];
    const shown = column => rows.map(row => Number(row.cells[column].textContent.match(/\\d+/)[0]));
    const chart = Chart.getChart(place.querySelector('canvas'));
    return [chart.data.datasets.map(one => one.data), place.dataset.columns.split(' ').map(Number).map(shown)];
})"""


def test_charts_and_sheet(new_context, desk, clock, live_url):
    for status in (Status.ANSWERED, Status.REWORK, Status.IN_WORK):
        desk.give_topic(desk.in_status(status), "Отопление")
    desk.in_status(Status.AWAITING_FINAL)
    clock.set(at("25.11 18:00"))
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    log_in(page, live_url)
    page.goto(f"{live_url}/reports")
    expect(page.get_by_role("img", name="Диаграмма «Сроки по пунктам»")).to_be_visible()
    drawn = page.evaluate(DRAWN)
    assert drawn
    assert all(chart == table for chart, table in drawn)
    assert sum(map(sum, drawn[0][0])) > 0
    assert violations(page) == []
    page.goto(f"{live_url}/reports/week?from=2026-11-23&to=2026-11-29")
    assert violations(page) == []
    for _ in ("to be sent", "sent"):
        page.goto(f"{live_url}/reports/forms/daily?from=2026-11-25&to=2026-11-25")
        assert violations(page) == []
        if page.get_by_text("Отправлено…").count():
            page.get_by_text("Отправлено…").click()
            page.get_by_role("button", name="Отправлено", exact=True).click()
            expect(page.get_by_text("Числа и файл больше не меняются")).to_be_visible()
    page.goto(f"{live_url}/reports/week?from=2026-11-23&to=2026-11-29")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True))) == 1
    assert said == []
