"""The register in a real browser: accessibility, both widths, everything by the keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from osm.check.acts import index
from osm.register import acts
from osm.regulation.words import Status
from tests.desk import NOW
from tests.in_browser import log_in, violations

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("full")]


@pytest.fixture
def full(desk):
    """One message in every status, and a filter that is kept."""
    for status in Status:
        desk.give_topic(desk.in_status(status), "Отопление")
    index.read_due(NOW)
    acts.save_filter(name="Новые", query="status=new", actor=desk.anna, now=NOW)
    return desk


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_register_is_accessible_and_fits(new_context, live_url, theme, width):
    page = new_context(color_scheme=theme, viewport={"width": width, "height": 900}).new_page()
    log_in(page, live_url)
    for path in (
        "/messages",
        "/messages?status=new&q=яма&from=2026-11-01",
        "/messages?q=атопление",
        "/messages?status=excluded&network=ok",
    ):
        page.goto(f"{live_url}{path}")
        expect(page.locator(".filter-strip .count").first).to_be_visible()  # the page loads the numbers afterwards
        for details in page.locator("main details:not(.bulk-act)").all():
            details.evaluate("element => { element.open = true }")
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto(f"{live_url}/messages")
    for number in range(3):
        page.locator("input[name=row]").first.check()
        page.locator("details.bulk-act").nth(number).locator("summary").click()
        panel = page.locator("details.bulk-act[open] .bulk-panel")
        expect(panel).to_have_count(1)
        assert violations(page) == [], number
        box = panel.bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width


def test_on_a_desk_no_row_breaks_for_one_of_its_buttons(new_context, live_url):
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    log_in(page, live_url)
    page.goto(f"{live_url}/messages")
    buttons = page.locator(".bulk .bulk-act > summary")
    expect(buttons).to_have_count(3)
    tops = buttons.evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert tops == tops[:1] * 3
    named = page.locator(".tabs > a", has_text="Согласование")
    width = named.bounding_box()["width"]
    page.goto(f"{live_url}/approvals")
    expect(named).to_have_attribute("aria-current", "page")
    assert named.bounding_box()["width"] == pytest.approx(width, abs=0.5)


def test_two_messages_are_routed_by_the_keyboard_alone(new_context, full, live_url):
    full.in_status(Status.NEW)
    page = new_context().new_page()
    log_in(page, live_url)
    page.goto(f"{live_url}/messages?status=new")
    expect(page.locator(".filter-strip .count").first).to_be_visible()
    page.locator("input[name=row]").first.focus()
    page.keyboard.press("Space")
    page.get_by_label("Все на листе").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Отмечено: 2")).to_be_visible()
    page.get_by_text("Не требует ответа…").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("details.bulk-act[open]")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Когда починят?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Направлено: 2 сообщения.")).to_be_visible()
    expect(page.locator("[data-notice=empty-search]")).to_be_visible()


def test_no_row_that_the_keyboard_reaches_is_under_the_bar(new_context, full, live_url):
    for _ in range(12):
        full.in_status(Status.NEW)
    page = new_context(viewport={"width": 1280, "height": 600}, reduced_motion="reduce").new_page()
    log_in(page, live_url)
    page.goto(f"{live_url}/messages?status=new")
    expect(page.locator(".filter-strip .count").first).to_be_visible()
    rows = page.locator("input[name=row]")
    rows.first.focus()
    rows.last.wait_for(state="attached")
    last, reached = rows.last.get_attribute("id"), ""
    for _ in range(60):
        page.keyboard.press("Tab")
        reached, bottom = page.evaluate(
            "() => [document.activeElement.id, document.activeElement.getBoundingClientRect().bottom]"
        )
        assert bottom <= page.locator(".bulk").bounding_box()["y"], reached
        if reached == last:
            break
    assert reached == last


@pytest.mark.parametrize(
    ("panel", "button", "field"),
    [
        ("Направить, один ответ…", "Направить отмеченные", "bulk-executor"),
        ("Не требует ответа…", "Закрыть отмеченные", "bulk-reason"),
        ("Исключить (п. 17)…", "Исключить отмеченные", "bulk-ground-profanity"),
    ],
)
def test_a_refused_value_is_corrected_with_the_keyboard(new_context, live_url, panel, button, field):
    page = new_context().new_page()
    log_in(page, live_url)
    page.goto(f"{live_url}/messages?status=new")
    page.locator("input[name=row]").first.check()
    page.get_by_text(panel, exact=True).click()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text("Ничего не сделано.")).to_be_visible()
    page.wait_for_load_state()  # Escape is heard by a script
    expect(page.locator(f"#{field}")).to_be_focused()
    expect(page.locator(f"#{field}")).to_have_accessible_description(re.compile("Выберите|Напишите|Укажите"))
    # Escape closes the panel while the focus is on a row that it may cover; the row keeps the focus.
    page.locator("input[name=row]").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator("details.bulk-act[open]")).to_have_count(0)
    expect(page.locator("input[name=row]").first).to_be_focused()


def test_without_scripts_rows_are_ticked_and_sent_all_the_same(new_context, live_url):
    page = new_context(java_script_enabled=False).new_page()
    log_in(page, live_url)
    page.goto(f"{live_url}/messages?status=new")
    page.locator("input[name=row]").first.check()
    page.locator("summary", has_text="Не требует ответа").click()
    page.get_by_label("Другая причина, для всех отмеченных").fill("Не о нас")
    page.get_by_role("button", name="Закрыть отмеченные").click()
    expect(page.get_by_text("Отмечено «реагирование не требуется»: 1 сообщение.")).to_be_visible()


def test_a_filter_acts_at_once_with_address_and_way_back(new_context, live_url):
    page = new_context().new_page()
    log_in(page, live_url)
    page.goto(f"{live_url}/messages")
    rows, export = page.locator(".register-row"), page.locator("#register-export")
    expect(rows).to_have_count(len(Status))
    page.get_by_label("Статус").focus()
    page.get_by_label("Статус").select_option("new")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(f"{live_url}/messages?status=new")
    expect(page.locator("#register-total")).to_have_text("1")
    expect(export).to_have_attribute("href", "/messages/export.xlsx?status=new")
    expect(page.get_by_label("Статус")).to_be_focused()
    rows.get_by_role("checkbox").check()
    expect(page.get_by_text("Отмечено: 1")).to_be_visible()
    page.get_by_text("Ещё: соцсеть").click()
    page.get_by_label("Получено по").fill("2020-01-01")
    expect(page.locator("[data-notice=empty-search]")).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(1)
    expect(page.get_by_label("Статус")).to_have_value("new")
    rows.get_by_role("checkbox").check()
    expect(page.get_by_text("Отмечено: 1")).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(len(Status))
    expect(page.get_by_label("Статус")).to_have_value("")


def test_without_scripts_filters_act_by_the_button(new_context, live_url):
    page = new_context(java_script_enabled=False).new_page()
    log_in(page, live_url)
    page.goto(f"{live_url}/messages")
    page.get_by_label("Статус").select_option("new")
    page.get_by_role("button", name="Показать").click()
    expect(page).to_have_url(f"{live_url}/messages?status=new")
    expect(page.locator(".register-row")).to_have_count(1)
