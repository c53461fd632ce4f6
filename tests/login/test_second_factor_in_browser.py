"""Setting up the second factor on a telephone and logging in with it, in a real browser."""

from __future__ import annotations

from dataclasses import replace

import pyotp
import pytest
from playwright.sync_api import Page, expect

from osm.base.application import SystemClock
from osm.regulation.words import Role
from tests.in_browser import log_in, violations

pytestmark = pytest.mark.browser

TELEPHONE = {"width": 390, "height": 844}


def set_up(page: Page, button: str = "Включить") -> tuple[pyotp.TOTP, list[str]]:
    telephone = pyotp.TOTP(page.locator("#set-up-key").inner_text().replace(" ", ""))
    picture = page.get_by_role("img", name="QR-код").locator("svg")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    assert 150 <= box["width"] <= page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#new-code").fill(telephone.now())
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name="Коды на бумагу")).to_be_visible()
    return telephone, page.locator(".paper-codes code").all_inner_texts()


def test_on_a_telephone_it_is_set_up_and_asked_for(app, page: Page, live_url, new_context):
    app.extensions["osm"].clock = SystemClock()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    page.set_viewport_size(TELEPHONE)
    log_in(page, live_url, "boris", "/second-factor")
    assert violations(page) == []
    telephone, paper = set_up(page)
    assert violations(page) == []
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.get_by_role("button", name="Напечатать лист")).to_be_hidden()
    expect(page.get_by_text(paper[9])).to_be_visible()

    other = new_context(viewport=TELEPHONE).new_page()
    other.goto(f"{live_url}/login?next=/second-factor")
    other.get_by_label("Логин").fill("boris")
    password = other.get_by_label("Пароль", exact=True)
    password.fill("пароль-boris")
    eye = other.get_by_role("button", name="Показать")
    eye.click()
    expect(password).to_have_attribute("type", "text")
    assert violations(other) == []
    eye.click()
    expect(password).to_have_attribute("type", "password")
    other.get_by_role("button", name="Войти").click()
    expect(other.get_by_role("heading", name="Код для входа")).to_be_visible()
    assert violations(other) == []
    other.reload()  # the telephone has put the page away while the other application was open
    other.get_by_label("Код", exact=True).fill("12345")
    other.get_by_role("button", name="Войти").click()
    expect(other.get_by_text("нет, или он уже использован")).to_be_visible()
    assert violations(other) == []
    other.get_by_label("Код", exact=True).fill(paper[0])
    other.get_by_label("Не спрашивать код").check()
    other.get_by_role("button", name="Войти").click()
    expect(other.get_by_role("heading", name="Второй фактор")).to_be_visible()
    expect(other.get_by_text("На бумаге осталось 9 кодов")).to_be_visible()
    assert violations(other) == []
    other.goto(f"{live_url}/sessions")
    expect(other.get_by_role("button", name="Забыть")).to_be_visible()
    assert violations(other) == []
    assert telephone.secret not in other.content()
    assert complaints == []


def test_what_was_typed_when_it_became_necessary_is_sent_after_the_set_up(app, page: Page, live_url, monkeypatch):
    app.extensions["osm"].clock = SystemClock()
    log_in(page, live_url, "dina", "/admin/office")
    page.get_by_label("Ответственное лицо").first.fill("Иванова Мария, заместитель главы")
    needed = replace(app.extensions["osm"].settings, second_factor=frozenset({Role.ADMIN}))
    monkeypatch.setattr(app.extensions["osm"], "settings", needed)
    page.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_text("Введённое в форму не пропало")).to_be_visible()
    assert violations(page) == []
    set_up(page)
    assert violations(page) == []
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_text("Сохранено.")).to_be_visible()
    expect(page.get_by_label("Ответственное лицо").first).to_have_value("Иванова Мария, заместитель главы")
