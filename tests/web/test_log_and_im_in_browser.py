"""«Внести в ИМ», the log and printed pages in a real browser: accessible, small screens, no scripts needed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.regulation.words import Status
from tests.in_browser import log_in, violations
from tests.office import at
from tests.waiting import copied

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_pages_are_accessible_and_fit(browser: Browser, desk, live_url, theme, width):
    waiting, rework = desk.in_status(Status.ANSWERED), desk.in_status(Status.REWORK)
    desk.in_status(Status.AWAITING_FINAL)
    with transaction():
        waiting.source_deadline, rework.source_deadline = at("25.11 10:00"), at("25.11 12:00")
        changes = {"source_status": ("Новый", "В работе"), "source_topic": ("", "Дороги")}
        record("source_changed", at=at("25.11 10:55"), actor=None, message=rework, changes=changes)
    pages = {
        "anna": ("/im", f"/messages/{rework.id}", f"/messages/{rework.id}/print", "/journal", "/journal?from=x"),
        "dina": ("/admin", "/admin/log?show=all", "/admin/log?number=1"),
    }
    for login, paths in pages.items():
        page = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900}).new_page()
        log_in(page, live_url, login, paths[0])
        for path in paths:
            page.goto(f"{live_url}{path}")
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.context.close()


def test_an_answer_is_copied_ticked_and_taken_back_in_its_place(page: Page, desk, live_url):
    message = desk.in_status(Status.ANSWERED)
    log_in(page, live_url, where="/im")
    assert copied(page, page.get_by_role("button", name="Скопировать текст").click) == "Здравствуйте! Яму засыпали."
    page.get_by_role("button", name=f"Внесено: № {message.number}").click()
    expect(page.get_by_text("внесено в ИМ, Анна Ларина")).to_be_visible()
    expect(page.locator("#badge-im")).to_be_hidden()
    page.get_by_role("button", name=f"Снять отметку с № {message.number}").click()
    expect(page.get_by_role("button", name=f"Внесено: № {message.number}")).to_be_visible()
    expect(page.locator("#badge-im")).to_have_text("1 ждут")


def test_without_scripts_it_is_the_same_work(browser: Browser, desk, live_url):
    message = desk.in_status(Status.ANSWERED)
    page = browser.new_context(java_script_enabled=False).new_page()
    log_in(page, live_url, where="/im")
    page.get_by_role("button", name=f"Внесено: № {message.number}").click()
    expect(page.get_by_text("Всё внесено")).to_be_visible()
    page.get_by_role("button", name=f"Снять отметку с № {message.number}").click()
    expect(page.get_by_role("button", name=f"Внесено: № {message.number}")).to_be_visible()
    page.context.close()


def pressed(page: Page, name: str) -> str:
    """What is in the clipboard after «Скопировать: …», whose words name the field."""
    page.get_by_role("button", name=f"Скопировать: {name}", exact=True).click()
    expect(page.get_by_text(f"Скопировано: {name}.")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_narrow_window_copies_field_after_field_and_leads_on(page: Page, desk, live_url):
    first, second = desk.in_status(Status.ANSWERED), desk.in_status(Status.ANSWERED)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script("delete window.documentPictureInPicture")  # as by plain http, or in another browser
    log_in(page, live_url, where="/im")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Поверх окон").click()
    window = opened.value
    assert violations(window) == []
    assert pressed(window, "Номер") == first.number
    assert pressed(window, "Вид ответа") == "Окончательный ответ"
    assert pressed(window, "Текст ответа") == "Здравствуйте! Яму засыпали."
    for name in ("Ссылка на ответ", "Время ответа", "Кто ответил"):
        pressed(window, name)
    expect(window.get_by_text("Дальше: «Внесено».")).to_be_visible()
    expect(window.get_by_role("button", name="Внесено")).to_be_focused()
    window.keyboard.press("Enter")
    expect(window.get_by_role("heading", name=second.number)).to_be_visible()


def test_a_window_on_top_does_the_same_without_leaving_its_page(page: Page, desk, live_url):
    first, second = desk.in_status(Status.ANSWERED), desk.in_status(Status.ANSWERED)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    log_in(page, live_url, where="/im")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Поверх окон").click()
    window = opened.value
    assert page.evaluate("documentPictureInPicture.window !== null")
    expect(window.get_by_role("heading", name=first.number)).to_be_visible()
    window.get_by_role("button", name="Скопировать: Номер").click()
    expect(window.get_by_text("Дальше: Вид ответа.")).to_be_visible()
    window.get_by_role("button", name="Внесено").click()
    expect(window.get_by_role("heading", name=second.number)).to_be_visible()
    window.get_by_role("link", name="Пропустить").click()
    expect(window.get_by_text("Дальше в очереди ничего нет")).to_be_visible()
