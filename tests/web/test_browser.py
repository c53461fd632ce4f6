"""The base of the pages in a real browser: log-in, theme, scripts under the policy, accessibility, small screens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template
from jinja2 import ChoiceLoader, FileSystemLoader
from playwright.sync_api import Browser, Locator, Page, expect

from osm import create_app
from osm.base.application import FixedClock
from osm.regulation.errors import StaleVersion
from osm.shell.access import signed_in
from osm.shell.frame.nav import COUNTS
from tests.conftest import MORNING
from tests.databases import SQLITE, let_go
from tests.in_browser import log_in, violations
from tests.serving import serving
from tests.waiting import becomes, copied

pytestmark = pytest.mark.browser

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
COMPLAINT = re.compile("policy|refused|error", re.IGNORECASE)


@pytest.fixture(scope="module")
def gallery(_shared_app) -> Flask:
    """The application with one more page that has every part of the screens."""
    other = create_app(_shared_app(SQLITE).extensions["osm"].settings, FixedClock(MORNING))
    other.jinja_env.loader = ChoiceLoader([other.jinja_loader, FileSystemLoader(Path(__file__).parent / "templates")])

    def stale():
        raise StaleVersion(3, 4)

    for path, view in {
        "/gallery": lambda: render_template("gallery.html"),
        "/gallery/save": lambda: "сохранено",
        "/gallery/autosave": lambda: "сохранено 14:32",
        "/gallery/stale": stale,
        "/gallery/bare": lambda: ("<html>шлюз</html>", 502),
        "/gallery/row": lambda: '<button class="btn" id="ask-row" hx-post="/gallery/row">Обновлено</button>',
    }.items():
        other.add_url_rule(path, path, signed_in(view), methods=["GET", "POST"])
    return other


@pytest.fixture
def site(app, cast, gallery) -> Iterator[str]:
    """The gallery, served."""
    with serving(gallery) as url:
        yield url
    let_go(gallery)


@pytest.fixture
def problems(page: Page) -> list[str]:
    """What the browser complained about: script errors, violations of the policy."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda line: found.append(line.text) if COMPLAINT.search(line.text) else None)
    return found


def test_log_in_by_keyboard_alone_and_out_again(page: Page, site: str, problems):
    page.goto(f"{site}/gallery")
    expect(page.get_by_label("Логин")).to_be_focused()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type("пароль-anna")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/gallery")
    page.keyboard.press("Tab")
    expect(page.get_by_text("К содержанию")).to_be_focused()
    page.get_by_text("Анна Л.").click()
    page.get_by_role("button", name="Выйти").click()
    page.wait_for_url(f"{site}/login")
    page.goto(f"{site}/gallery")
    expect(page).to_have_url(re.compile("/login"))
    assert problems == []


def test_without_scripts_everything_is_there(browser: Browser, site: str):
    page = browser.new_context(java_script_enabled=False).new_page()
    log_in(page, site, where="/gallery")
    page.get_by_text("осталось 24 мин").click()
    expect(page.get_by_text("09:00 → 10:00 1 ч")).to_be_visible()
    page.get_by_text("Исключить", exact=True).click()
    expect(page.get_by_text("Да, исключить")).to_be_visible()
    expect(page.get_by_text("Скопировать")).to_be_hidden()
    page.get_by_text("Анна Л.").click()
    page.get_by_role("button", name="Выйти").click()
    expect(page).to_have_url(f"{site}/login")
    page.context.close()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_pages_are_accessible_and_fit(browser: Browser, site: str, theme, width):
    page = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900}).new_page()
    page.goto(f"{site}/login")
    assert violations(page) == []
    log_in(page, site, where="/gallery")
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true }")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{site}/no-such-page")
    assert violations(page) == []
    page.context.close()


@pytest.fixture
def full_menu(app, monkeypatch) -> None:
    """Everything that is counted has more than its badge can show."""
    counts = COUNTS.get(app)
    monkeypatch.setitem(app.extensions["osm"].remembers, COUNTS, dict.fromkeys(counts, lambda *_: 5000))


@pytest.mark.parametrize("width", [1263, 1007, 390])  # 1280 and 1024 less a scroll bar
def test_a_full_menu_takes_one_line(browser: Browser, full_menu, live_url, width):
    page = browser.new_context(color_scheme="dark", viewport={"width": width, "height": 844}).new_page()
    log_in(page, live_url, where="/moderation")
    expect(page.locator("#badge-section-moderation")).to_have_text(re.compile(r"999\+"))
    assert page.locator(".top").bounding_box()["height"] <= 48
    assert page.locator(".tabs").bounding_box()["height"] <= 40
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    nav = page.locator(".top-nav")
    assert width < 1263 or nav.evaluate("nav => nav.scrollWidth <= nav.clientWidth")
    assert violations(page) == []
    page.context.close()


@pytest.mark.parametrize("width", [1263, 1007])
def test_all_entries_fit_with_two_digits(browser: Browser, app, monkeypatch, live_url, width):
    counts = COUNTS.get(app)
    monkeypatch.setitem(app.extensions["osm"].remembers, COUNTS, dict.fromkeys(counts, lambda *_: 33))
    page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    log_in(page, live_url, where="/moderation")
    expect(page.locator("#badge-section-moderation")).to_have_text(re.compile("66"))
    assert page.locator(".top-nav").evaluate("nav => nav.scrollWidth <= nav.clientWidth")
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_telephone_the_menu_opens_under_its_name(browser: Browser, full_menu, live_url, scripts):
    page = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, java_script_enabled=scripts
    ).new_page()
    log_in(page, live_url, where="/blacklist")
    first = page.locator(".top-nav > a").first
    expect(first).to_be_hidden()
    page.get_by_text("Меню", exact=True).tap()
    expect(page.locator("#badge-inbox")).to_be_visible()
    for entry in page.locator(".top-nav > a").all():
        expect(entry).to_be_in_viewport(ratio=0.9)
    if scripts:
        assert in_strip(page, page.locator(".tabs > a[aria-current]"))  # scrolled until the tab is visible
        assert violations(page, ".top") == []  # what the panel half covers is no target now
        first.focus()
        page.keyboard.press("Escape")
        expect(first).to_be_hidden()
        page.get_by_text("Меню", exact=True).tap()
    page.locator(".top-nav > a", has_text="Контроль").tap()
    page.wait_for_url(f"{live_url}/reports/shortcomings")
    page.context.close()


def in_strip(page: Page, entry: Locator) -> bool:
    """Whether the whole entry is in the visible part of the tabs."""
    box, strip = entry.bounding_box(), page.locator(".tabs").bounding_box()
    assert box is not None
    assert strip is not None
    return box["x"] >= strip["x"] - 1 and box["x"] + box["width"] <= strip["x"] + strip["width"] + 1


def test_the_theme_is_the_systems_until_one_is_chosen(browser: Browser, site: str):
    page = browser.new_context(color_scheme="dark").new_page()
    log_in(page, site, where="/gallery")
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-bs-theme", "dark")
    page.get_by_text("Анна Л.").click()
    page.get_by_text("Светлый вид").click()
    expect(theme).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(theme).to_have_attribute("data-bs-theme", "light")
    page.context.close()


def test_autosave_says_when_and_failure_keeps_the_text(page: Page, site: str, problems):
    log_in(page, site, where="/gallery")
    page.get_by_label("Ваш ответ").press_sequentially("Здравствуйте!")
    expect(page.locator("#saved")).to_have_text("сохранено 14:32")
    page.context.set_offline(True)
    page.get_by_label("Ваш ответ").press_sequentially(" Тепло дали.")
    expect(page.locator("#saved")).to_have_text("не сохранено, текст на экране")
    expect(page.locator("#notices")).to_contain_text("Нет связи с сервером")
    expect(page.get_by_label("Ваш ответ")).to_have_value("Здравствуйте! Тепло дали.")


def test_a_lost_connection_is_no_longer_said_once_an_act_was_answered(page: Page, site: str):
    log_in(page, site, where="/gallery")
    page.context.set_offline(True)
    page.locator("#ask-row").click()
    expect(page.locator("#notices")).to_contain_text("Нет связи с сервером")
    page.context.set_offline(False)
    page.locator("#ask-row").click()
    expect(page.get_by_text("Обновлено")).to_be_visible()
    expect(page.locator("#notices")).to_be_empty()


def test_a_refusal_goes_to_the_notices_and_leaves_the_form(page: Page, site: str):
    log_in(page, site, where="/gallery")
    page.locator("#ask-stale").click()
    expect(page.locator("#notices")).to_contain_text("вы видели версию 3, сейчас 4")
    expect(page.locator("#ask-stale")).to_be_visible()


def test_an_error_that_is_not_ours_does_not_replace_the_form(page: Page, site: str):
    log_in(page, site, where="/gallery")
    page.locator("#ask-busy").click()
    expect(page.locator("#notices")).to_contain_text("Сервер ответил ошибкой (502)")
    expect(page.locator("#ask-busy")).to_be_visible()


def test_focus_stays_on_the_button_that_was_replaced(page: Page, site: str):
    log_in(page, site, where="/gallery")
    page.locator("#ask-row").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Обновлено")).to_be_focused()


def test_what_an_answer_brought_works_from_the_first_moment(page: Page, site: str):
    log_in(page, site, where="/gallery")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("""() => new MutationObserver((changes, self) => {
        self.disconnect();
        document.querySelector("#row > button").click();
    }).observe(document.getElementById("row"), {childList: true})""")
    page.locator("#ask-row").click()
    becomes(page, lambda: asked.count(f"{site}/gallery/row"), 2)


def test_leaving_while_an_answer_settles_stays_on_the_new_page(page: Page, site: str):
    log_in(page, site, where="/gallery")
    page.evaluate("""() => {
        document.addEventListener("htmx:afterSwap", () => document.querySelector("textarea").focus(), {once: true});
        document.addEventListener("htmx:afterSettle", () => { document.body.dataset.settled = "1"; }, {once: true});
    }""")
    page.locator("#ask-row").focus()
    page.keyboard.press("Enter")
    expect(page.locator("body[data-settled]")).to_have_count(1)
    expect(page.get_by_text("Обновлено")).to_be_visible()
    expect(page.get_by_label("Ваш ответ")).to_be_focused()


def test_leaving_with_unsaved_text_asks_first(page: Page, site: str):
    log_in(page, site, where="/gallery")
    page.route("**/gallery/autosave", lambda route: route.abort())
    page.get_by_label("Ваш ответ").press_sequentially("несохранённое")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{site}/login")
    assert asked == ["beforeunload"]


def test_copying_says_that_it_was_done(page: Page, site: str):
    log_in(page, site, where="/gallery")
    assert copied(page, page.get_by_text("Скопировать").click) == "Текст для чата"
    expect(page.get_by_text("Скопировать")).to_be_visible()


def test_a_pasted_picture_goes_into_the_file_field(page: Page, site: str, problems):
    log_in(page, site, where="/gallery")
    page.get_by_label("Ваш ответ").focus()
    page.evaluate(
        """data => {
            const bytes = Uint8Array.from(atob(data), char => char.charCodeAt(0));
            const items = new DataTransfer();
            items.items.add(new File([bytes], "снимок.png", {type: "image/png"}));
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: items, bubbles: true}));
        }""",
        PIXEL,
    )
    expect(page.locator("[data-photos-list] img")).to_have_count(1)
    assert page.locator("#photos").evaluate("input => input.files[0].name") == "снимок.png"
    assert problems == []


def test_an_ended_session_says_so_and_the_typed_text_stays(page: Page, site: str):
    log_in(page, site, where="/gallery")
    page.context.clear_cookies()
    page.get_by_label("Ваш ответ").press_sequentially("Здравствуйте!")
    expect(page.locator("#notices")).to_contain_text("Сеанс закончился")
    expect(page.get_by_label("Ваш ответ")).to_have_value("Здравствуйте!")
