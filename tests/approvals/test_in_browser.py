"""The screen of approval in a real browser: the bar of the decision, and pictures that are enlarged in place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from osm.files.acts import files
from osm.files.acts.files import Upload
from osm.regulation.words import Status
from tests.answers.conftest import photo
from tests.desk import NOW
from tests.in_browser import log_in, violations
from tests.waiting import becomes

pytestmark = pytest.mark.browser

LONG = "Здравствуйте! Яму засыпали 24 ноября. " * 60


@pytest.fixture
def long(desk):
    """A long version that waits, with a photo."""
    message = desk.in_status(Status.IN_WORK)
    files.attach_reply_photos(message.id, [Upload("Яма.png", photo()[0].read())], actor=desk.boris, now=NOW)
    desk.submitted(message, "25.11 10:50", LONG)
    return desk.again(message)


def bottom(of: Locator) -> float:
    box = of.bounding_box()
    return box["y"] + box["height"]


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (390, 380)])
def test_the_decision_is_always_on_the_screen_and_covers_no_field(page: Page, long, live_url, width, height):
    page.set_viewport_size({"width": width, "height": height})
    log_in(page, live_url, where=f"/approvals/{long.id}")
    approve = page.get_by_role("button", name="Согласовать версию 1")
    expect(approve).to_be_in_viewport(ratio=1)
    page.evaluate("scrollTo({top: 1e6, behavior: 'instant'})")
    expect(approve).to_be_in_viewport(ratio=1)
    links = page.locator(".to-correct").bounding_box()
    page.get_by_role("link", name="Вернуть", exact=True).click()
    send = page.get_by_role("button", name="Вернуть на доработку")
    expect(send).to_be_in_viewport(ratio=1)
    page.get_by_label("Своими словами").focus()
    field, bar = page.get_by_label("Своими словами"), page.locator(".decision-bar")
    expect(approve).to_be_hidden()
    assert page.locator(".to-correct").bounding_box()["x"] == links["x"]
    becomes(page, lambda: bottom(field) <= bar.bounding_box()["y"], True)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert bottom(bar) <= height
    assert violations(page) == []


def test_the_second_click_of_a_double_one_decides_nothing(page: Page, desk, long, live_url):
    other = desk.in_status(Status.IN_WORK)
    desk.submitted(other, "25.11 10:50", "Здравствуйте, Мария! «Горсвет» заменит лампу до 5 декабря.")
    log_in(page, live_url, where=f"/approvals/{other.id}")
    page.get_by_role("button", name="Согласовать версию 1").dispatch_event("click", {"detail": 2})
    page.get_by_role("link", name="Поправить").dblclick()
    expect(page.get_by_role("button", name="Поправить и согласовать")).to_be_visible()
    assert {desk.again(one).status for one in (long, other)} == {Status.ON_APPROVAL}


def test_a_picture_is_enlarged_in_place_and_escape_closes_it(page: Page, long, live_url):
    log_in(page, live_url, where=f"/approvals/{long.id}")
    picture = page.locator("a[data-photo]").first
    picture.click()
    shown = page.locator("dialog img")
    expect(shown).to_be_visible()
    expect(shown).not_to_have_js_property("naturalWidth", 0)
    assert shown.get_attribute("src").endswith("/small")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.photo-dialog")).to_have_count(0)
    expect(picture).to_be_focused()
    expect(page).to_have_url(f"{live_url}/approvals/{long.id}")


def test_without_scripts_the_link_opens_the_picture_and_the_file_downloads(browser: Browser, long, live_url):
    page = browser.new_context(java_script_enabled=False, locale="ru-RU").new_page()
    log_in(page, live_url, where=f"/approvals/{long.id}")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Скачать").click()
    assert taken.value.suggested_filename.startswith("Яма")
    page.locator("a[data-photo]").first.click()
    expect(page.locator("img")).to_be_visible()
    assert page.url.endswith("/small")
    page.context.close()
