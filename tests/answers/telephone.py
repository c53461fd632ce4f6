"""Boris' telephone with the executor's screen open, and what the server has kept of what he typed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from osm.answers.queries.drafting import editor_text
from osm.regulation.words import Status
from tests.in_browser import log_in

PHONE = {"width": 390, "height": 844}
UNEXPECTED = re.compile("policy|refused|is not defined|TypeError", re.IGNORECASE)


@pytest.fixture
def message(desk):
    return desk.in_status(Status.IN_WORK, text="Яма на Калининской, 12. " * 40)


@pytest.fixture
def screen(page: Page, live_url: str, message) -> Page:
    """Boris' telephone with the executor's screen open."""
    page.set_viewport_size(PHONE)
    log_in(page, live_url, "boris", f"/messages/{message.id}/answer")
    return page


@pytest.fixture
def complaints(page: Page) -> list[str]:
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda line: found.append(line.text) if UNEXPECTED.search(line.text) else None)
    return found


def editor(page: Page):
    return page.locator("#editor-text")


def kept(desk, message) -> str:
    return editor_text(desk.again(message).replies[-1].id, desk.ids["boris"]).text
