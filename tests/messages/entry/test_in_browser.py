"""The form of a new message in a real browser: «Внести» works even while the page asks the server something."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.in_browser import log_in

from .conftest import TYPED, URL

pytestmark = pytest.mark.browser


@pytest.fixture
def form(page: Page, live_url: str) -> Page:
    log_in(page, live_url, where="/messages/new")
    page.locator("#topic-field").evaluate("field => { field.dataset.served = '1' }")
    page.get_by_label("Текст сообщения").fill("Во дворе на Тестовой, 7 не горит фонарь.")
    # The server has proposed a topic: nothing moves the button any more.
    expect(page.locator("#topic-field:not([data-served]):not(.htmx-added)")).to_have_count(1)
    page.get_by_label("Опубликовано").fill(TYPED["published_at"])
    page.get_by_label("Ссылка на сообщение").focus()
    page.keyboard.type(URL)  # the change event comes when the field is left
    return page


def test_what_leaving_the_field_asks_waits_until_the_mouse_is_released(form: Page):
    """The answer would move the button away from under the mouse, and the form would not be sent."""
    button = form.get_by_role("button", name="Внести")
    button.hover()
    before = button.bounding_box()
    form.mouse.down()
    expect(button).to_be_focused()
    form.wait_for_timeout(500)  # a slow press
    assert button.bounding_box() == before
    form.mouse.up()
    form.wait_for_url(re.compile(r"/messages/\d+"))


def test_after_a_press_that_sends_nothing_the_question_is_asked(form: Page):
    button = form.get_by_role("button", name="Внести")
    button.hover()
    form.mouse.down()
    expect(button).to_be_focused()
    form.mouse.move(2, 2)  # changed his mind
    form.mouse.up()
    expect(form.locator("#link-tells")).to_contain_text("ВКонтакте")


def test_a_menu_that_swallows_the_release_holds_no_question_back(form: Page):
    form.get_by_role("button", name="Внести").hover()
    form.mouse.down(button="right")
    form.get_by_label("Ссылка на сообщение").focus()
    form.keyboard.press("End")
    form.keyboard.type("0")
    form.keyboard.press("Tab")
    expect(form.locator("#link-tells")).to_contain_text("ВКонтакте")


def test_a_link_without_https_is_not_refused_by_the_browser(form: Page):
    form.get_by_label("Ссылка на сообщение").fill(URL.removeprefix("https://"))
    form.get_by_label("Профиль автора").fill("vk.com/id9007001")
    expect(form.locator("#link-tells")).to_contain_text("ВКонтакте")
    form.get_by_role("button", name="Внести").click()
    form.wait_for_url(re.compile(r"/messages/\d+"))
    expect(form.get_by_role("link", name="открыть")).to_have_attribute("href", URL)


def test_a_chosen_network_is_no_longer_asked_for(form: Page):
    told = form.locator("#link-tells")
    form.get_by_label("Ссылка на сообщение").fill("https://forum.example.ru/t/5")
    form.get_by_label("Место").focus()
    expect(told).to_contain_text("выберите её")
    form.get_by_label("Соцсеть").select_option("ok")
    expect(told).to_contain_text("Соцсеть, как выбрано: Одноклассники")
