"""Пр.1.3 in a real browser: the register changes, a stranger sees it in a frame of another origin, in JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from osm.pages.screens.register import SITE, Site
from tests.emulators.official_site import official_site
from tests.in_browser import violations

from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser


@pytest.fixture
def framed(app: Flask, live_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The official site, which is in the installation's list of sites that may frame the register."""
    with official_site(f"{live_url}/public/accounts/embed") as site:
        kept = app.extensions["osm"].settings
        changed = replace(kept, site=replace(kept.site, frames=(site,), url=live_url))
        monkeypatch.setattr(app.extensions["osm"], "settings", changed)
        monkeypatch.setitem(app.extensions["osm"].remembers, SITE, Site(changed))
        yield site


@pytest.mark.parametrize("viewport", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_the_register_changes_and_a_stranger_sees_it_everywhere(
    browser: Browser, enter: Callable[..., Page], framed: str, viewport: dict[str, int]
) -> None:
    name = "desk" if viewport is DESK else "telephone"
    anna = enter("anna", viewport)
    root = anna.url.rstrip("/")
    anna.goto(f"{root}/accounts")
    anna.get_by_role("link", name="Внести страницу").first.click()
    anna.get_by_label("Адрес страницы").fill("vk.com/priozerny")
    anna.get_by_label("Название страницы").fill("Приозёрный округ")
    anna.get_by_label("Орган или организация").fill("Администрация Приозёрного округа")
    anna.get_by_label("Ответственное подразделение").fill("Пресс-центр")
    anna.get_by_label("Телефон").fill("8 (000) 000-08-00")
    anna.get_by_label("Документ", exact=False).first.fill("Постановление администрации")
    look(anna, f"register-form-{name}")
    anna.get_by_role("button", name="Внести").click()
    expect(anna.get_by_text("Страница внесена в реестр.")).to_be_visible()

    # A stranger without scripts: the page, and the same in a frame of the official site.
    context = browser.new_context(viewport=viewport, locale="ru-RU", java_script_enabled=False)
    stranger = context.new_page()
    stranger.goto(f"{root}/public/accounts")
    expect(stranger.get_by_role("link", name="Приозёрный округ")).to_have_attribute("href", "https://vk.com/priozerny")
    expect(stranger.get_by_text("действует")).to_be_visible()
    stranger.goto(framed)
    expect(stranger.frame_locator("iframe").get_by_role("link", name="Приозёрный округ")).to_be_visible()
    look(stranger, f"register-framed-{name}")

    # The page is closed: the next request shows it.
    anna.get_by_text("Закрыть страницу").click()
    anna.get_by_role("button", name="Закрыть", exact=True).click()
    expect(anna.get_by_text("Страница закрыта. В реестре она осталась.")).to_be_visible()
    look(anna, f"register-card-{name}")
    stranger.reload()
    framed_page = stranger.frame_locator("iframe")
    expect(framed_page.get_by_text("закрыт с 25.11.2026")).to_be_visible()
    expect(framed_page.get_by_text("В реестре действующих официальных страниц сейчас нет.")).to_be_visible()
    ask = context.request
    (item,) = ask.get(f"{root}/public/accounts.json").json()["items"]
    assert (item["status"], item["status_since"]) == ("closed", "2026-11-25")
    (row,) = csv.DictReader(io.StringIO(ask.get(f"{root}/public/accounts.csv").text()))
    assert (row["title"], row["status"]) == ("Приозёрный округ", "closed")

    # Another site may not show it.
    with official_site(f"{root}/public/accounts/embed") as other:
        stranger.goto(other)
        expect(stranger.frame_locator("iframe").get_by_text("Приозёрный округ")).to_have_count(0)
    context.close()

    seeing = browser.new_context(viewport=viewport, locale="ru-RU", bypass_csp=True)
    page = seeing.new_page()
    for address in ("/public/accounts", "/public/accounts/embed"):
        page.goto(f"{root}{address}")
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert violations(page) == [], (address, theme)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
    seeing.close()
