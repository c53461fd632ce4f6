"""Typing is never lost, in a real browser: without scripts yet, on leaving, offline, logged out, in two windows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from osm.answers.acts import drafting
from osm.regulation.words import Status
from tests.in_browser import log_in
from tests.office import at
from tests.waiting import Held, becomes, stop_timers

from .telephone import complaints, editor, kept, message, screen

pytestmark = pytest.mark.browser

__all__ = ["complaints", "message", "screen"]


def test_typing_saves_itself_and_loses_neither_focus_nor_place(screen, desk, message, complaints):
    field = editor(screen)
    field.press_sequentially("Яму засыпали.")
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    for _ in range(9):
        screen.keyboard.press("ArrowLeft")
    screen.keyboard.type("вчера ", delay=250)  # longer than the pause after which it saves
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    expect(field).to_be_focused()
    expect(field).to_have_value("Яму вчера засыпали.")
    assert field.evaluate("element => element.selectionStart") == len("Яму вчера ")
    becomes(screen, lambda: kept(desk, message), "Яму вчера засыпали.")
    screen.reload()
    expect(field).to_have_value("Яму вчера засыпали.")
    assert complaints == []


def test_what_was_typed_before_the_scripts_came_is_saved_when_they_come(screen, desk, message):
    script = Held(screen, "**/js/editor.js*")
    screen.goto(screen.url, wait_until="commit")
    editor(screen).fill("Яму засыпали.")
    script.let_go()
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    assert kept(desk, message) == "Яму засыпали."


@pytest.fixture
def left(screen, live_url) -> Page:
    """Boris has typed and opened another page before the text was saved."""
    # Playwright cannot intercept what a page sends while it is left, so the page may send nothing at all.
    screen.evaluate("document.addEventListener('htmx:configRequest', event => event.preventDefault())")
    editor(screen).fill("Яму засыпали.")
    screen.goto(f"{live_url}/password")
    return screen


def test_leaving_before_the_saving_ends_keeps_the_text_and_typing_continues(left, live_url, desk, message):
    left.goto(f"{live_url}/messages/{message.id}/answer")
    expect(editor(left)).to_have_value("Яму засыпали.")
    expect(left.locator("#saved")).to_have_text("сохранено 11:00")
    expect(left.locator("#checklist")).to_contain_text("Не хватает")
    late(desk, message, "Яму засыпали.")
    editor(left).press("Control+End")
    editor(left).press_sequentially(" Вчера")
    becomes(left, lambda: kept(desk, message), "Яму засыпали. Вчера")
    expect(left.locator("#saved")).to_have_text("сохранено 11:00")
    expect(left.locator("#notices")).to_be_empty()
    left.goto(f"{live_url}/messages/{message.id}/answer")
    expect(editor(left)).to_have_value("Яму засыпали. Вчера")


def test_who_finds_another_text_on_return_sees_both_once(left, live_url, desk, message):
    late(desk, message, "Пишу с телефона.")
    left.goto(f"{live_url}/messages/{message.id}/answer")
    expect(editor(left)).to_have_value("Яму засыпали.")
    expect(left.get_by_label("Текст из другого окна")).to_have_value("Пишу с телефона.")
    left.get_by_role("link", name="Взять тот, мой не нужен").click()
    expect(editor(left)).to_have_value("Пишу с телефона.")
    left.goto(f"{live_url}/messages/{message.id}/answer")
    expect(editor(left)).to_have_value("Пишу с телефона.")
    expect(left.locator("#notices")).to_be_empty()


def late(desk, message, text: str) -> None:
    """Let through what another page of Boris had already sent."""
    drafting.save_text(message.replies[-1].id, text=text, seen_at=None, actor=desk.boris, now=at("25.11 11:00"))


def test_leaving_the_field_saves_at_once(screen, desk, message):
    stop_timers(screen)  # a save by timer could be taken for one by key on a busy machine
    editor(screen).fill("Яму")
    with screen.expect_response("**/answer/text") as answered:
        screen.keyboard.press("Tab")
    assert answered.value.status == 200
    assert kept(desk, message) == "Яму"


def test_what_could_not_be_saved_is_saved_when_the_connection_is_back(screen, desk, message):
    editor(screen).fill("Раз")
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    screen.context.set_offline(True)
    editor(screen).press_sequentially(" два")
    expect(screen.locator("#saved")).to_have_text("не сохранено, текст на экране")
    screen.context.set_offline(False)
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    expect(screen.locator("#notices")).to_be_empty()
    assert kept(desk, message) == "Раз два"


def test_logged_out_while_typing_one_logs_in_elsewhere_and_types_on(screen, live_url, desk, message):
    screen.context.clear_cookies()
    editor(screen).press_sequentially("Пишу дальше")
    expect(screen.locator("#notices")).to_contain_text("Сеанс закончился")
    expect(editor(screen)).to_have_value("Пишу дальше")
    log_in(screen.context.new_page(), live_url, "boris", "/password")
    editor(screen).blur()
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    expect(screen.locator("#notices")).to_be_empty()
    assert kept(desk, message) == "Пишу дальше"
    screen.get_by_role("button", name="Отправить на согласование").click()
    screen.wait_for_url(re.compile(r"/$"))
    assert desk.again(message).status is Status.ON_APPROVAL


def test_two_windows_show_both_texts_and_the_person_decides(screen, desk, message):
    other = screen.context.new_page()
    other.goto(screen.url)
    editor(other).fill("Второе окно")
    expect(other.locator("#saved")).to_have_text("сохранено 11:00")
    editor(screen).press_sequentially("Первое окно")
    expect(screen.locator("#notices")).to_contain_text("уже сохранён из другого окна")
    expect(screen.get_by_label("Текст из другого окна")).to_have_value("Второе окно")
    expect(editor(screen)).to_have_value("Первое окно")
    expect(editor(screen)).to_be_focused()
    assert kept(desk, message) == "Второе окно"
    # A slow press: leaving the field must not move another button under the mouse.
    screen.get_by_role("button", name="Оставить мой текст").click(delay=1500)
    expect(screen.get_by_label("Текст из другого окна")).to_have_count(0)
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    assert kept(desk, message) == "Первое окно"
    editor(screen).press_sequentially(" пишет дальше")
    becomes(screen, lambda: kept(desk, message), "Первое окно пишет дальше")
