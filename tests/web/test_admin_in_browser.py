"""The pages of people, departments and topics in a real browser: quick where scripts run."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from osm.topics import acts
from tests.in_browser import log_in, violations
from tests.web.test_browser import problems

pytestmark = pytest.mark.browser

__all__ = ["problems"]


def test_a_new_password_is_seen_once(page: Page, live_url, cast, problems):
    log_in(page, live_url, "dina", f"/admin/users/{cast['boris']}")
    page.get_by_text("Выдать новый пароль").click()
    page.get_by_role("button", name="Показать лист с паролем", exact=True).click()
    assert len(page.locator("#first-password").inner_text()) == len("kd7m-x3fp-9wqa")
    assert violations(page) == []
    page.get_by_role("link", name="Готово").click()
    expect(page.locator("#first-password")).to_have_count(0)
    expect(page.get_by_text("ждём, что сменит первый пароль")).to_be_visible()
    assert problems == []


def test_the_topic_follows_what_is_typed_and_leaving_still_asks(page: Page, live_url, app, cast, now, problems):
    with app.app_context():
        acts.create_topic(name="Дороги", department_id=None, words="яма", actor=None, now=now)
    log_in(page, live_url, "anna", "/messages/new")
    page.get_by_label("Текст сообщения").press_sequentially("Опять яма")
    expect(page.get_by_text("Подсказана по словам: яма.")).to_be_visible()
    expect(page.get_by_label("Тема").locator("option:checked")).to_have_text("Дороги")
    expect(page.get_by_label("Текст сообщения")).to_be_focused()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{live_url}/")
    assert asked == ["beforeunload"]
    assert problems == []


def test_leaving_asks_after_a_refusal_too(page: Page, live_url, cast):
    log_in(page, live_url, "anna", "/admin/dictionary/new")
    page.get_by_label("Слово, выражение или адрес сайта").press_sequentially("а")
    page.get_by_role("button", name="Посмотреть на последних текстах").click()
    expect(page.get_by_text("Слово из одной буквы")).to_be_visible()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{live_url}/")
    assert asked == ["beforeunload"]
