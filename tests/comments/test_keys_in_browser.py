"""Keys and the fields of the queue: what is typed decides nothing, and the keys come back after a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from osm.base.database import db
from osm.models import Comment
from osm.regulation.blacklist import CommentState

from .browsing import current, press, settled, states
from .conftest import CIVIL, RUDE
from .test_screenshots import picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("keys", [True, False])
def test_enter_after_the_reason_decides_nothing(app, queue, keys):
    page = queue(RUDE, CIVIL)
    if not keys:
        page.locator(".comment-keys").get_by_role("button", name="Клавиши").click()
        page.get_by_role("button", name="Выключить клавиши").click()
        expect(page.locator("#notices")).to_contain_text("Клавиши выключены")
        settled(page)
    row = page.locator(".comment", has_text="сволочи")
    row.get_by_label("Пояснение, необязательно").fill("не в первый раз")
    page.keyboard.press("Enter")
    expect(row if keys else row.get_by_role("button", name="Удалить", exact=False).first).to_be_focused()
    settled(page)
    assert states(app) == {"waiting": 2}
    press(page, "D") if keys else page.keyboard.press("Enter")
    expect(row).to_be_hidden()
    settled(page)
    with app.app_context():
        assert db.session.query(Comment).filter_by(state=CommentState.DELETED).one().reason == "не в первый раз"


def test_escape_leads_out_of_a_field_to_the_keys(app, queue):
    page = queue(RUDE, CIVIL)
    row = page.locator(".comment", has_text="сволочи")
    row.get_by_label("Пояснение, необязательно").focus()
    page.keyboard.press("Escape")
    expect(row).to_be_focused()
    press(page, "A")
    settled(page)
    assert states(app) == {"kept": 1, "waiting": 1}


def test_an_emptied_filter_is_not_called_the_end_of_the_queue(app, queue):
    page = queue(RUDE, CIVIL)
    page.get_by_role("link", name="оскорбления").click()
    expect(page.locator(".comment:visible")).to_have_count(1)
    expect(current(page)).to_have_count(1)  # keys are heard
    press(page, "D")
    settled(page)
    expect(page.get_by_text("Здесь пусто")).to_be_visible()
    expect(page.get_by_text("Комментарии разобраны")).to_be_hidden()
    expect(page.locator("#bulk")).to_be_hidden()
    page.get_by_role("link", name="Показать все").click()
    expect(page.locator(".comment:visible")).to_have_count(1)
    expect(current(page)).to_have_count(1)
    press(page, "A")
    expect(page.get_by_text("Комментарии разобраны")).to_be_visible()
    press(page, "U")
    expect(page.locator("#bulk")).to_be_visible()


def test_back_puts_no_tick_on_another_comment(queue):
    """The browser would restore ticks by position, and the list has moved up in between."""
    page = queue(CIVIL, f"{CIVIL} Спасибо.", f"{CIVIL} Ждём.")
    ticks = page.locator(".comment input[name=row]")
    ticks.first.check()
    page.locator("#bulk").get_by_role("button", name="Оставить").click()
    expect(ticks).to_have_count(2)
    page.go_back()
    expect(page.get_by_role("button", name="Отменить все")).to_be_visible()
    expect(page.locator(".comment input[name=row]:checked")).to_have_count(0)


def test_the_keys_work_after_choosing_a_ground_by_mouse_and_a_screenshot(app, queue):
    page = queue(CIVIL, f"{CIVIL} Спасибо.", f"{CIVIL} Ждём.")
    first = current(page)
    with page.expect_file_chooser() as chooser:
        first.locator(".comment-shot").click()
    chooser.value.set_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    expect(page.locator("#undo")).to_contain_text("Приложено")
    press(page, "J")
    second = current(page)
    expect(second).to_contain_text("Спасибо")
    ground = second.get_by_label("Основание удаления")
    ground.focus()
    ground.select_option("insult")
    press(page, "D")
    expect(current(page)).to_contain_text("Ждём")
    settled(page)
    assert states(app) == {"deleted": 1, "waiting": 2}
