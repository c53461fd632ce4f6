"""The rows of a list in a real browser: routing by one press and undoing it; keys, focus, nothing jumps."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from osm.regulation.words import Status
from osm.urgent.acts import urgent
from tests.comments.browsing import press
from tests.control.test_urgent_pages import REPORT
from tests.in_browser import log_in, violations
from tests.office import at

pytestmark = pytest.mark.browser

SELECT = "document.activeElement.name"


@pytest.fixture
def three(desk):
    """Three messages to route, each with a topic; the office's clock is stopped, so that only the page counts."""
    messages = [desk.incident(f"25.11 10:{minute}") for minute in (10, 20, 30)]
    for message in messages:
        desk.give_topic(message, "Отопление")
    return messages


def test_what_is_proposed_goes_by_one_press_and_comes_back_by_one(page: Page, desk, three, live_url):
    log_in(page, live_url)
    page.get_by_role("link", name="Направить предложенным").click()
    expect(page.get_by_role("heading", name="Борис Ежов (ЖКХ)")).to_be_visible()
    expect(page.locator("[data-ticked]")).to_have_text("Отмечено: 3")
    assert violations(page) == []
    page.get_by_label(f"Направить № {three[2].number}").uncheck()
    page.get_by_role("button", name="Направить отмеченные").click()
    expect(page.locator("#notices")).to_contain_text("Направлено предложенным: 2 сообщения.")
    assert {desk.again(one).status for one in three[:2]} == {Status.IN_WORK}
    assert violations(page) == []
    page.get_by_role("button", name="Отменить все").click()
    expect(page.locator("#notices")).to_contain_text("снова ждёт исполнителя: 2 сообщения")
    assert [desk.again(one).status for one in three] == [Status.SELECTED, Status.SELECTED, Status.NEW]


@pytest.mark.parametrize(("width", "most"), [(1280, 260), (390, 220)])
def test_a_notice_moves_no_row_and_goes_by_itself(page: Page, desk, three, live_url, width, most):
    urgent.send(REPORT, message_id=three[0].id, actor=desk.anna, now=at("25.11 10:50"))
    page.clock.install()
    page.set_viewport_size({"width": width, "height": 800})
    log_in(page, live_url)
    first = page.locator(".inbox-row").first
    before = first.bounding_box()["y"]
    assert before <= most
    page.get_by_role("link", name="Направить предложенным").click()
    page.get_by_label(f"Направить № {three[2].number}").uncheck()
    page.get_by_role("button", name="Направить отмеченные").click()
    notice = page.locator("#notices > .notice")
    expect(notice).to_contain_text("Направлено предложенным")
    assert first.bounding_box()["y"] == before
    assert violations(page) == []
    notice.hover()
    page.clock.fast_forward(20_000)
    expect(notice).to_be_visible()
    page.mouse.move(5, 700)
    page.clock.fast_forward(2_000)
    expect(notice).to_have_count(0)
    assert first.bounding_box()["y"] == before


def test_keys_lead_from_row_to_row_and_nothing_jumps(page: Page, desk, three, live_url):
    first, second, third = (f"#m-{message.id}" for message in three)
    page.set_viewport_size({"width": 390, "height": 500})
    log_in(page, live_url)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate(SELECT) == "executor_id":
            break
    expect(page.locator(f"#executor-{three[0].id}")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(first)).to_be_focused()

    # By mouse: the next row gets the focus, and the page does not move.
    page.locator(second).get_by_role("button", name="Направить").hover()
    stood = page.locator(third).bounding_box()
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(third)).to_be_focused()
    stands = page.locator(third).bounding_box()
    assert stands == pytest.approx(stood, abs=1)
    press(page, "U")
    expect(page.locator(second)).to_be_focused()
    assert desk.again(three[1]).status is Status.SELECTED

    # The physical keys, sent with a Russian layout.
    press(page, "J")
    expect(page.locator(third)).to_be_focused()
    for _ in range(2):
        press(page, "K")
    expect(page.locator(first)).to_be_focused()
    press(page, "E")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(second)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("следующая и предыдущая строка")
    assert violations(page) == []
    page.keyboard.press("Enter")  # «Закрыть»
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_url}/messages/{three[1].id}?from=inbox")
    page.keyboard.press("/")
    expect(page.locator("#f-q")).to_be_focused()

    # With the keys switched off, typing has no effect.
    page.keyboard.press("Escape")
    page.goto(f"{live_url}/messages")
    page.locator(".top-user summary").click()
    page.get_by_role("button", name="Клавиши", exact=True).click()
    page.get_by_role("button", name="Выключить клавиши").click()
    expect(page.locator("#notices")).to_contain_text("Клавиши выключены")
    press(page, "J")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("document.activeElement === document.body")
