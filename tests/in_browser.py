"""A real browser: logging in without opening the form, and the accessibility faults of a page."""

from __future__ import annotations

import re
from html import unescape

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def log_in(page: Page, site: str, login: str = "anna", where: str = "/", *, password: str = "") -> Page:
    """Open the page at `where`, logged in. The form is sent without being shown; it has its own tests."""
    ask = page.context.request
    token = re.search(r'name="csrf-token" content="([^"]+)"', ask.get(f"{site}/login").text())
    assert token
    form = {"csrf_token": unescape(token[1]), "login": login, "password": password or f"пароль-{login}"}
    answer = ask.post(f"{site}/login", form=form, headers={"Referer": f"{site}/login"}, max_redirects=0)
    assert answer.status == 303, answer.text()
    page.goto(f"{site}{where}")
    return page


def violations(page: Page, within: str | None = None) -> list[str]:
    page.wait_for_load_state()  # half a page has fields without their labels yet
    found = Axe().run(page, context=within, options={"runOnly": RULES}).response
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]]
