"""Only the document is printed, without the bars above every page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from osm.base.transaction import transaction
from osm.models import UrgentReport
from osm.outbox.acts import orders
from osm.regulation.words import Status
from osm.urgent.acts import urgent
from osm.urgent.acts.urgent import ReportForm
from tests.desk import NOW, RECEIVED
from tests.in_browser import log_in

pytestmark = pytest.mark.browser

SEEN = """() =>
    [...document.querySelectorAll('body > *, #urgent-bar, .stop-bar, .top, .today, .notices, .bulk, dialog')]
    .filter((one) => one.tagName !== 'MAIN' && one.tagName !== 'SCRIPT' && one.getClientRects().length)
    .map((one) => one.className || one.id || one.tagName)"""
PRINTS = (
    "/messages/{0}/print",
    "/journal",
    "/plan/journal",
    "/reports",
    "/reports/urgent/journal",
    "/messages/{0}",
    "/messages",
    "/plan",
)


def test_no_bar_is_printed_over_a_document(page: Page, desk, live_url):
    message = desk.in_status(Status.ANSWERED)
    report = urgent.send(ReportForm("Прорыв трубы", place="Калининская, 12"), actor=desk.vera, now=RECEIVED)
    with transaction() as session:
        session.get_one(UrgentReport, report.id).call_told_at = NOW
    orders.stop(None, reason="Взлом страницы", actor=desk.anna, now=NOW)
    log_in(page, live_url)
    expect(page.locator(".urgent-bar")).to_be_visible()
    for address in PRINTS:
        page.emulate_media(media="screen")
        assert page.goto(f"{live_url}{address.format(message.id)}").ok, address
        page.emulate_media(media="print")
        assert page.evaluate(SEEN) == [], address
        expect(page.locator("main h1").first).to_be_visible()
