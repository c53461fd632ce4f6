"""Own sessions and throttled log-ins in a real browser, with scripts and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from osm.login.acts.attempts import LIMIT_LOGIN_AND_ADDRESS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("cast")]

DESK, TELEPHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def page_of(browser: Browser, live_url: str, *, scripts: bool = True, viewport: dict[str, int] = DESK) -> Page:
    context = browser.new_context(viewport=viewport, locale="ru-RU", java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{live_url}/login")
    return page


def type_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("Логин").fill(login)
    page.get_by_label("Пароль").fill(password)
    page.get_by_role("button", name="Войти").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_another_session_is_ended_and_this_one_continues(browser: Browser, live_url: str, scripts: bool) -> None:
    desk = page_of(browser, live_url, scripts=scripts)
    telephone = page_of(browser, live_url, viewport=TELEPHONE)
    for page in (desk, telephone):
        type_in(page, "anna", "пароль-anna")
        page.wait_for_url(f"{live_url}/")
    desk.goto(f"{live_url}/sessions")
    expect(desk.get_by_text("этот сеанс", exact=True)).to_be_visible()
    desk.get_by_role("button", name="Завершить сеанс").click()
    expect(desk.get_by_text("Завершено: 1 сеанс.")).to_be_visible()
    expect(desk.get_by_text("Больше нигде вход не выполнен.")).to_be_visible()
    telephone.goto(f"{live_url}/sessions")
    expect(telephone.get_by_role("heading", name="Вход")).to_be_visible()
    for page in (desk, telephone):
        page.context.close()


def test_strangers_wait_anna_does_not_and_the_administrator_lifts_it(browser: Browser, live_url: str) -> None:
    anna, dina, stranger = (page_of(browser, live_url) for _ in range(3))
    type_in(anna, "anna", "пароль-anna")
    anna.wait_for_url(f"{live_url}/")
    anna.context.clear_cookies(name="osm_session")
    for _ in range(LIMIT_LOGIN_AND_ADDRESS + 1):
        type_in(stranger, "anna", "12345678")
    expect(stranger.get_by_text("Слишком много неудачных попыток")).to_be_visible()
    anna.goto(f"{live_url}/login")
    type_in(anna, "anna", "пароль-anna")
    anna.wait_for_url(f"{live_url}/")
    type_in(dina, "dina", "пароль-dina")
    dina.wait_for_url(f"{live_url}/admin")
    dina.goto(f"{live_url}/admin/logins")
    dina.get_by_role("button", name="Разрешить сейчас (Анна Ларина)").click()
    expect(dina.get_by_text("Никому не приходится ждать.")).to_be_visible()
    for page in (anna, dina, stranger):
        page.context.close()
