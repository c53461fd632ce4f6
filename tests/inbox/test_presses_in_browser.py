"""Acts of the first page by few presses, counted: two executors, publishing by hand, entry in «Инцидент Менеджмент»."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from osm.base.database import db
from osm.models import Reply
from osm.regulation.words import Status
from tests.in_browser import log_in, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def presses(page: Page) -> Callable[[], int]:
    """How often the mouse was pressed since, on all pages together."""
    counted = [0]
    page.expose_function("osmPressed", lambda: counted.__setitem__(0, counted[0] + 1))
    page.add_init_script("addEventListener('pointerdown', () => window.osmPressed(), true)")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return lambda: counted[0]


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def row_of(page: Page, message) -> Locator:
    return page.locator(f"#m-{message.id}")


def test_two_executors_from_the_list(page: Page, desk, presses, live_url):
    message, other = desk.incident("25.11 10:10"), desk.incident("25.11 10:20")
    log_in(page, live_url)
    assert row_of(page, message).bounding_box()["height"] <= 44.5
    row_of(page, message).locator("select").select_option(label="Роман Соболев (Дороги)")
    row_of(page, message).get_by_role("link", name="нескольким").click()
    first, second = (page.get_by_role("group", name=f"Исполнитель {n}").get_by_label("Исполнитель") for n in (1, 2))
    expect(first).to_have_value(str(desk.roman.id))
    second.select_option(label="Борис Ежов (ЖКХ)")
    page.get_by_role("button", name="Направить", exact=True).click()
    expect(page.locator("#notices")).to_contain_text("Направлено нескольким")
    expect(page).to_have_url(f"{live_url}/#m-{other.id}")
    assert presses() + 2 == 4, "each list is one press more"
    assert {one.executor_id for one in desk.again(message).assignments} == {desk.roman.id, desk.boris.id}


def test_publishing_by_hand_and_entry_in_the_source(page: Page, desk, presses, live_url):
    message, other = desk.in_status(Status.APPROVED), desk.in_status(Status.APPROVED)
    log_in(page, live_url)
    row = row_of(page, message)
    assert row.bounding_box()["height"] <= 44.5
    row.get_by_role("link", name="Опубликовать").click()
    link = row.get_by_label("Ссылка на ответ")
    expect(link).to_be_focused()
    expect(row.get_by_text("Скопировано")).to_be_visible()
    assert clipboard(page) == "Здравствуйте! Яму засыпали."
    assert violations(page) == []
    page.keyboard.insert_text("ответил")
    row.get_by_role("button", name="Отметить опубликованным").click()
    expect(link).to_have_attribute("aria-invalid", "true")
    assert desk.again(message).status is Status.APPROVED
    link.fill(f"{message.url}?reply=21")
    behind = row_of(page, other)
    stood = behind.bounding_box()
    row.get_by_role("button", name="Отметить опубликованным").click()
    expect(row).to_contain_text("ответ отмечен опубликованным")
    assert behind.bounding_box() == stood
    assert desk.again(message).status is Status.ANSWERED
    assert presses() - 1 == 2, "one was for the link that was refused"

    # What «Инцидент Менеджмент» asks for is copied: it is pasted there and ticked.
    expect(row.get_by_text("Скопировано для ИМ")).to_be_visible()
    assert clipboard(page).startswith(f"Номер: {message.number}\n")
    assert violations(page) == []
    before = presses()
    row.get_by_role("button", name=f"Внесено в ИМ: № {message.number}").click()
    expect(page.get_by_text("внесено в ИМ, Анна Ларина")).to_be_visible()
    assert presses() - before == 1
    db.session.rollback()
    assert db.session.scalars(db.select(Reply).where(Reply.message_id == message.id)).one().entered_in_source_at
    page.get_by_role("button", name=f"Снять отметку с № {message.number}").click()
    expect(page.get_by_role("button", name=f"Внесено в ИМ: № {message.number}")).to_be_visible()
    assert violations(page) == []


def test_the_next_answer_is_copied_by_the_tick_of_the_last(page: Page, desk, presses, live_url):
    messages = [desk.in_status(Status.ANSWERED) for _ in range(3)]
    log_in(page, live_url)
    page.get_by_role("link", name="Внести в ИМ").last.click()
    for number, message in enumerate(messages, start=2):
        expect(page.locator(".im-row").first.get_by_text("Скопировано")).to_be_visible()
        assert clipboard(page).startswith(f"Номер: {message.number}\n")
        page.get_by_role("button", name=f"Внесено: № {message.number}").click()
        expect(page.get_by_text("внесено в ИМ, Анна Ларина")).to_have_count(number - 1)
        assert presses() == number
    expect(page.get_by_text("Скопировано")).to_have_count(0)


def test_without_scripts_the_row_leads_to_the_page(new_context, desk, live_url):
    approved = desk.in_status(Status.APPROVED)
    page = new_context(java_script_enabled=False).new_page()
    log_in(page, live_url)
    row_of(page, approved).get_by_role("link", name="Опубликовать").click()
    expect(page).to_have_url(f"{live_url}/messages/{approved.id}/publish")
