"""The keys in a real browser: a morning without a mouse, and a help that lists the keys of its page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from osm.regulation.words import Status
from tests.comments.browsing import press
from tests.in_browser import log_in, violations

pytestmark = pytest.mark.browser

DRAFT = "Здравствуйте, Мария! Электрик МУП «Горсвет» заменит лампу у подъезда до 28 ноября."
TWICE = """for (let i = 0; i < 2; i++) document.body.dispatchEvent(
    new KeyboardEvent("keydown", {code: "KeyR", bubbles: true}));"""


def listed(page: Page) -> dict[str, str]:
    """What the help says of this page: key and words. Escape closes it."""
    page.keyboard.press("?")
    lines = page.get_by_role("dialog").locator("dl > div:visible").all_inner_texts()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    return dict(line.split("\n", 1) for line in lines)


def reach(page: Page, row: Locator) -> None:
    """Go to this row by J and K."""
    while way := row.evaluate("row => row.compareDocumentPosition(document.activeElement)"):
        press(page, "J" if way & 2 else "K")


def test_a_morning_with_keys_only(page: Page, desk, live_url):
    first, second, third = (desk.incident(f"25.11 10:{minute}") for minute in (10, 20, 30))
    draft = desk.in_status(Status.IN_WORK)
    desk.submitted(draft, "25.11 10:50", DRAFT)
    for message in (first, second, third):
        desk.give_topic(message, "Отопление")
    log_in(page, live_url)
    row = {message.id: page.locator(f"#m-{message.id}") for message in (first, second, third, draft)}

    # A first key shows in which row the next one acts.
    press(page, "N")
    expect(page.locator(".inbox-row").first).to_be_focused()
    assert desk.again(first).status is Status.NEW
    reach(page, row[first.id])
    expect(row[first.id].locator("kbd", has_text="N")).to_be_visible()
    press(page, "N")
    expect(row[first.id]).to_contain_text("Направлено: Борис Ежов (ЖКХ).")
    expect(page.locator(".inbox-row:focus")).not_to_have_attribute("id", f"m-{first.id}")

    # No answer is needed: one key asks why, a digit says it; both acts can be taken back, the latest first.
    reach(page, row[second.id])
    press(page, "D")
    expect(row[second.id].locator("kbd", has_text="1")).to_be_visible()
    page.keyboard.press("1")
    expect(row[second.id]).to_contain_text("реагирование не требуется")
    expect(row[second.id].locator("kbd", has_text="U")).to_be_visible()
    press(page, "U")
    expect(row[second.id]).to_be_focused()
    assert desk.again(second).status is Status.NEW
    press(page, "U")
    expect(row[first.id]).to_be_focused()
    assert desk.again(first).status is Status.SELECTED

    # A letter in a field is a letter, and a key with Ctrl is the browser's.
    press(page, "D")
    expect(row[first.id].locator("kbd", has_text="1")).to_be_visible()
    field = page.get_by_label(f"Другая причина для № {first.number}")
    field.focus()
    press(page, "D")
    expect(field).to_have_value("в")
    page.keyboard.press("Escape")
    expect(row[first.id]).to_be_focused()
    page.keyboard.press("Control+KeyN")
    assert desk.again(first).status is Status.SELECTED

    # The draft: Enter opens what waits, A approves; the second press of a double one decides nothing.
    reach(page, row[draft.id])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_url}/approvals/{draft.id}")
    assert violations(page) == []
    page.evaluate(TWICE)
    expect(page.get_by_role("button", name="Вернуть на доработку")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert desk.again(draft).status is Status.ON_APPROVAL
    page.keyboard.press("e")
    expect(page.get_by_label("Текст ответа")).to_be_focused()
    page.goto(f"{live_url}/approvals")
    page.goto(f"{live_url}/approvals/{draft.id}")
    press(page, "A")
    expect(page.locator("#notices")).to_contain_text("согласовано")
    assert desk.again(draft).status is Status.APPROVED

    # Publishing by hand: Enter opens the form in the row, at the field that is empty; P sends it.
    page.goto(f"{live_url}/?kind=publish")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Ссылка на ответ")).to_be_focused()
    expect(page.get_by_text("Скопировано")).to_be_visible()
    page.keyboard.insert_text(f"{draft.url}?reply=21")
    page.keyboard.press("Escape")
    expect(page.locator(f"#m-{draft.id}")).to_be_focused()
    press(page, "P")
    expect(page.locator(f"#m-{draft.id}")).to_contain_text("отмечен опубликованным")
    assert desk.again(draft).status is Status.ANSWERED


def test_the_help_lists_the_keys_of_its_page(page: Page, desk, live_url):
    new, draft, other = (
        desk.incident("25.11 10:10"),
        desk.in_status(Status.ON_APPROVAL),
        desk.in_status(Status.ON_APPROVAL),
    )
    approved = desk.in_status(Status.APPROVED)
    always = {"/": "поиск", "? H": "эта подсказка"}
    rows = {"J K": "следующая и предыдущая строка", "Enter": "открыть строку"}
    field = {"E": "к полям и кнопкам; Esc — обратно"}
    log_in(page, live_url)
    assert listed(page) == {**rows, "N": "Направить", "D": "без ответа…", **field, **always}
    close = {"D": "Не требует ответа", "X": "Исключить (п. 17)"}
    expected = {
        f"/messages/{new.id}": {"N": "Направить", **close, **field, **always},
        f"/messages/{draft.id}": {"Enter": "Рассмотреть проект", **close, **always},
        f"/approvals/{draft.id}": {
            "E": "Поправить", "R": "Вернуть", "A": "Согласовать версию 1", "J": "Следующее", **always,
        },
        f"/messages/{approved.id}/publish": {
            "C": "Скопировать текст", "Enter": "Открыть сообщение, ВКонтакте", "P": "Отметить опубликованным",
                "R": "Отозвать согласование", **field, **always,
        },
        "/approvals": {**rows, **field, **always},
    }  # fmt: skip
    for path, keys in expected.items():
        page.goto(f"{live_url}{path}")
        assert listed(page) == keys, path

    # The next draft and back; what is open decides what a key does.
    page.goto(f"{live_url}/approvals/{draft.id}")
    press(page, "J")
    page.wait_for_url(f"{live_url}/approvals/{other.id}")
    press(page, "K")
    page.wait_for_url(f"{live_url}/approvals/{draft.id}")
    press(page, "R")
    assert listed(page)["R"] == "Вернуть на доработку"
