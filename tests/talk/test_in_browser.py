"""The talk, «Поторопить» and the news of the tab in a real browser, on a desk and on a telephone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from osm.base.transaction import transaction
from osm.models import Department
from osm.regulation.words import Status
from osm.talk import acts
from tests.desk import NOW
from tests.in_browser import log_in, violations
from tests.office import at

pytestmark = pytest.mark.browser

DESK, TELEPHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def look(page: Page, name: str) -> None:
    """Save a screenshot for people to look at: OSM_TEST_PICTURES names a folder."""
    if folder := os.environ.get("OSM_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def icon(page: Page) -> str:
    return page.locator('link[rel="icon"]').evaluate("link => link.href")


def test_the_tab_shows_news_without_moving_the_page(page: Page, desk, live_url):
    message = desk.incident("25.11 10:10")
    page.set_viewport_size(DESK)
    page.clock.install()
    log_in(page, live_url)
    expect(page).to_have_title("(1) Ждёт меня · ОСМ")
    plain, row = icon(page), page.locator(f"#m-{message.id}")
    before = row.bounding_box()
    # What browsers report when a page is in the background.
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    desk.incident("25.11 10:20")
    desk.incident("25.11 10:30")
    page.clock.run_for(31_000)
    expect(page).to_have_title("(3) Ждёт меня · ОСМ")
    expect(page.get_by_text("новых 2")).to_be_visible()
    look(page, "talk-news")
    assert icon(page) != plain
    assert row.bounding_box() == before
    expect(page.locator(".inbox-row")).to_have_count(1)
    page.get_by_role("link", name="новых 2").click()
    expect(page.locator(".inbox-row")).to_have_count(3)
    assert icon(page) == plain


def test_the_tab_of_a_card_shows_news_too(page: Page, desk, live_url):
    message = desk.in_status(Status.IN_WORK)
    page.clock.install()
    log_in(page, live_url, where=f"/messages/{message.id}")
    expect(page).to_have_title(f"№ {message.number} · ОСМ")
    plain = icon(page)
    desk.incident("25.11 10:20")
    page.clock.run_for(31_000)
    expect(page).to_have_title(f"(1) № {message.number} · ОСМ")
    assert icon(page) != plain


def test_hurrying_leaves_the_button_under_the_hand(page: Page, desk, live_url, clock):
    message = desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 15:00"))
    page.set_viewport_size(DESK)
    log_in(page, live_url, where="/?kind=others")
    button = page.get_by_role("button", name="Поторопить")
    before = button.bounding_box()
    button.click()
    expect(page.locator(f"#m-{message.id}")).to_contain_text("торопили сегодня в 15:00")
    assert button.bounding_box() == before
    expect(button).to_be_focused()
    button.click()
    expect(page.get_by_role("alert")).to_have_text("Уже торопили в 15:00. Снова можно в 15:30; если срочно, позвоните.")
    assert button.bounding_box()["y"] == before["y"]
    look(page, "talk-hurried")


def test_a_note_keeps_what_is_typed_elsewhere_on_the_card(page: Page, desk, live_url):
    message = desk.in_status(Status.NEW)
    log_in(page, live_url, where=f"/messages/{message.id}")
    page.get_by_label("Задание").fill("Набрано для исполнителя")
    page.get_by_role("link", name="Написать заметку").click()
    page.get_by_label("Заметка", exact=True).fill("Позвонить в школу")
    page.locator("#talk-to").select_option(label="Вера Носова (Пресс-центр)")
    page.get_by_role("button", name="Сохранить заметку").click()
    expect(page.locator(".note")).to_contain_text("Позвонить в школу")
    expect(page.get_by_label("Задание")).to_have_value("Набрано для исполнителя")


def test_without_scripts_not_mine_continues_with_one_press(browser: Browser, desk, live_url):
    message = desk.in_status(Status.IN_WORK)
    boris = browser.new_context(java_script_enabled=False, viewport=TELEPHONE).new_page()
    log_in(boris, live_url, "boris", f"/messages/{message.id}/answer")
    boris.get_by_role("link", name="Не моё").click()
    boris.get_by_label("Почему").fill("Это дорога округа")
    boris.get_by_label("Чьё это").select_option(label="Дороги")
    boris.get_by_role("button", name="Сказать куратору").click()
    expect(boris.locator("#talk")).to_contain_text("Пока куратор не передал сообщение, оно у вас.")
    boris.context.close()
    anna = browser.new_context(java_script_enabled=False, viewport=DESK).new_page()
    log_in(anna, live_url)
    expect(anna).to_have_title("(1) Ждёт меня · ОСМ")
    anna.get_by_role("button", name="Передать: Роман Соболев (Дороги)").click()
    expect(anna.locator("#notices")).to_contain_text("Передано другому исполнителю.")
    assert [row.executor_id for row in desk.again(message).assignments if not row.ended_at] == [desk.ids["roman"]]
    anna.context.close()


@pytest.mark.parametrize("viewport", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_the_pages_with_talk_are_accessible_and_bend(browser: Browser, desk, live_url, viewport, clock):
    message, other = desk.in_status(Status.IN_WORK), desk.in_status(Status.IN_WORK)
    with transaction() as session:
        roads = session.query(Department).filter_by(short_name="Дороги").one().id
    long = "Безпробелов" * 20
    acts.write_note(message.id, text=long, to_id=desk.ids["boris"], actor=desk.anna, now=NOW)
    acts.ask_curator(message.id, text="Чей это двор?\nШколы?", actor=desk.boris, now=NOW)
    acts.decline(other.id, other.version, reason=long, department_id=roads, actor=desk.boris, now=NOW)
    clock.set(at("25.11 15:00"))
    acts.hurry(message.id, actor=desk.anna, now=clock.now())
    pages = {
        "anna": (
            "/",
            f"/messages/{message.id}?write=1",
            f"/messages/{message.id}/talk?write=1",
            f"/messages/{other.id}",
        ),
        "boris": ("/", f"/messages/{message.id}/answer", f"/messages/{other.id}/answer"),
    }
    for login, paths in pages.items():
        page = log_in(browser.new_context(viewport=viewport).new_page(), live_url, login)
        for number, path in enumerate(paths):
            page.goto(f"{live_url}{path}")
            assert violations(page) == [], (login, path)
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], (login, path)
            look(page, f"talk-{login}-{number}-{viewport['width']}")
        page.context.close()
