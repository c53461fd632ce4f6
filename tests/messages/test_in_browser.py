"""The list and the card in a real browser: accessibility, the keyboard, two people at once, no scripts."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from osm.base.transaction import transaction
from osm.messages.acts import executors, routing
from osm.regulation.words import Status
from tests.desk import NOW
from tests.in_browser import log_in
from tests.waiting import copied

pytestmark = pytest.mark.browser


@pytest.fixture
def full(desk):
    """One message in every status, one of high importance, one that is late."""
    for status in Status:
        desk.in_status(status)
    desk.incident("25.11 10:50", high=True)
    desk.incident("25.11 08:00")
    return desk


def test_the_morning_goes_by_keyboard_from_one_row_to_the_next(page: Page, desk, live_url):
    messages = [desk.incident(f"25.11 10:{minute}") for minute in (10, 20, 30)]
    for message in messages:
        desk.give_topic(message, "Отопление")
    log_in(page, live_url)
    page.keyboard.press("j")
    for message, following in pairwise(messages):
        page.keyboard.press("e")
        expect(page.locator(f"#executor-{message.id}")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(f"#m-{message.id}")).to_contain_text("Направлено: Борис Ежов (ЖКХ).")
        expect(page.locator(f"#m-{following.id}")).to_be_focused()
    page.keyboard.press("e")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(f"#m-{messages[-1].id}")).to_contain_text("Больше направлять нечего.")
    expect(page.locator("#badge-inbox")).to_be_hidden()
    assert all(desk.again(message).status is Status.IN_WORK for message in messages)


def test_what_was_chosen_in_other_rows_stays_when_one_row_is_sent(page: Page, desk, live_url):
    first, second = desk.incident("25.11 10:10"), desk.incident("25.11 10:20")
    log_in(page, live_url)
    page.locator(f"#executor-{second.id}").select_option(label="Роман Соболев (Дороги)")
    page.locator(f"#executor-{first.id}").select_option(label="Борис Ежов (ЖКХ)")
    page.locator(f"#m-{first.id}").get_by_role("button", name="Направить").click()
    expect(page.locator(f"#m-{first.id}")).to_contain_text("Направлено")
    expect(page.locator(f"#executor-{second.id}")).to_have_value(str(desk.ids["roman"]))


def test_the_second_person_sees_what_happened_and_loses_nothing(page: Page, desk, live_url, tmp_path: Path):
    message = desk.in_status(Status.NEW)
    shot = tmp_path / "снимок.png"
    Image.new("RGB", (60, 40), "teal").save(shot)
    log_in(page, live_url, where=f"/messages/{message.id}")
    page.get_by_label("Задание").fill("Набрано для исполнителя")
    page.get_by_text("Ещё", exact=True).click()
    page.locator("summary").filter(has_text="Исключить").click()
    page.get_by_label("Реклама").check()
    page.get_by_label("Какие слова решили").fill("«скидки»")
    page.locator("#exclude-files").set_input_files(shot)
    executors.raise_importance(message.id, 1, detected_at=None, reason="Пострадавшие", actor=desk.anna, now=NOW)
    page.get_by_role("button", name="Исключить").click()
    expect(page.get_by_role("alert")).to_contain_text("важность повышена")
    expect(page.get_by_role("alert")).to_contain_text("Пострадавшие")
    expect(page.get_by_label("Реклама")).to_be_checked()
    expect(page.get_by_label("Какие слова решили")).to_have_value("«скидки»")
    assert page.locator("#exclude-files").evaluate("input => input.files[0].name") == "снимок.png"
    expect(page.get_by_label("Задание")).to_have_value("Набрано для исполнителя")
    assert desk.again(message).status is Status.NEW
    page.on("dialog", lambda dialog: dialog.accept())  # the browser asks, since the typed task is not sent
    page.get_by_role("button", name="Исключить").click()
    page.wait_for_url(f"{live_url}/")
    message = desk.again(message)
    assert message.status is Status.EXCLUDED
    assert len(message.attachments) == 1


def test_a_refused_step_of_the_card_takes_the_keyboard_to_its_wrong_field(page: Page, desk, live_url):
    message = desk.incident("25.11 10:10")
    log_in(page, live_url, "anna", f"/messages/{message.id}")
    page.get_by_text("Ещё", exact=True).click()
    page.locator("summary", has_text="Передать по компетенции").click()
    form = page.locator("#step-redirect")
    form.locator("[required]").first.fill(" ")
    form.get_by_role("button").last.click()
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.locator("[aria-invalid]").first).to_be_focused()


def test_without_scripts_the_list_and_the_card_do_the_same(browser: Browser, desk, live_url):
    first, second = desk.incident("25.11 10:10"), desk.incident("25.11 10:20")
    page = browser.new_context(java_script_enabled=False).new_page()
    log_in(page, live_url)
    page.locator(f"#m-{first.id} .inbox-term summary").click()
    expect(page.locator(f"#m-{first.id}")).to_contain_text("10:10 → 11:10 1 ч")
    page.locator(f"#m-{first.id}").get_by_role("link", name="Направить").click()
    page.get_by_label("Исполнитель", exact=True).select_option(label="Борис Ежов (ЖКХ)")
    page.get_by_role("button", name="Направить", exact=True).click()
    expect(page.locator("#notices")).to_contain_text(f"Дальше: № {second.number}.")
    page.get_by_text("Ещё", exact=True).click()
    page.locator("summary").filter(has_text="Не требует ответа").click()
    page.locator("#dismiss-reason").fill("Благодарность, вопроса нет")
    page.get_by_role("button", name="Закрыть: ответа не требует").click()
    expect(page.locator("#notices")).to_contain_text("реагирование не требуется")
    assert desk.again(second).status is Status.DISMISSED
    page.context.close()


def test_the_text_for_the_chat_is_copied(page: Page, desk, live_url):
    message = desk.in_status(Status.IN_WORK)
    log_in(page, live_url, where=f"/messages/{message.id}")
    page.get_by_text("Скопировать для чата").click()
    text = copied(page, page.get_by_role("button", name="Скопировать", exact=True).click)
    assert text.startswith(f"№ {message.number} · ВКонтакте\n")


def test_the_open_list_says_that_it_changed_and_swaps_nothing(page: Page, desk, live_url):
    message = desk.incident("25.11 10:10")
    page.clock.install()
    log_in(page, live_url)
    page.locator(f"#executor-{message.id}").select_option(label="Роман Соболев (Дороги)")
    desk.incident("25.11 10:20")
    page.clock.run_for(31_000)
    expect(page.get_by_text(re.compile("новых 1"))).to_be_visible()
    expect(page.locator(f"#executor-{message.id}")).to_have_value(str(desk.ids["roman"]))
    page.get_by_role("link", name="новых 1").click()
    expect(page.locator(".inbox-row")).to_have_count(2)


def test_a_long_place_and_task_without_spaces_wrap_on_a_telephone(browser: Browser, desk, live_url):
    message = desk.in_status(Status.NEW)
    with transaction():
        desk.again(message).place = "https://example.org/" + "я" * 400
    task = "й" * 2000
    routing.route_message(message.id, 1, executor_id=desk.boris.id, task=task, actor=desk.anna, now=NOW)
    for login, paths in {
        "anna": ("/", f"/messages/{message.id}", f"/messages/{message.id}/for-executor"),
        "boris": ("/", f"/messages/{message.id}/answer"),
    }.items():
        page = log_in(browser.new_context(viewport={"width": 390, "height": 844}).new_page(), live_url, login)
        for path in paths:
            page.goto(f"{live_url}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, (login, path)
        page.context.close()


def test_a_telephone_number_is_not_broken_at_the_edge(browser: Browser, desk, live_url):
    message = desk.in_status(Status.IN_WORK)
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    log_in(page, live_url, where=f"/messages/{message.id}")
    number = page.locator('.worker a[href^="tel:"]').first
    for width in range(300, 420, 8):
        page.set_viewport_size({"width": width, "height": 844})
        assert number.bounding_box()["height"] < 30, width
    page.context.close()
