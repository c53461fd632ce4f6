"""From red to green by the checklist, in a real browser: neither focus nor caret is touched."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from osm.base.transaction import transaction
from osm.models import AnswerTemplate
from osm.regulation.words import Status
from tests.in_browser import log_in, violations
from tests.office import at
from tests.waiting import Held

pytestmark = pytest.mark.browser

NOW = at("25.11 10:00")


@pytest.fixture
def screen(page: Page, live_url: str, desk) -> Page:
    message = desk.in_status(Status.IN_WORK)
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page, live_url, "boris", f"/messages/{message.id}/answer")
    return page


def caret(page: Page) -> int:
    return page.locator("#editor-text").evaluate("element => element.selectionStart")


def test_from_red_to_green(screen):
    field, summary = screen.locator("#editor-text"), screen.locator(".checklist-summary")
    field.press_sequentially("Лампу заменят.")
    expect(summary).to_have_text("Не хватает: приветствие, кто отвечает, срок.")
    screen.keyboard.press("Home")
    screen.keyboard.type("Здравствуйте! ", delay=20)
    expect(summary).to_have_text("Не хватает: кто отвечает, срок.")
    expect(field).to_be_focused()
    assert caret(screen) == len("Здравствуйте! ")
    screen.keyboard.press("End")
    screen.keyboard.press("Backspace")
    screen.keyboard.type(" монтёры «Горсвета» до пятницы.", delay=20)
    expect(summary).to_have_text("Всё, что требует п. 16, на месте.")
    expect(field).to_be_focused()
    expect(field).to_have_value("Здравствуйте! Лампу заменят монтёры «Горсвета» до пятницы.")


def test_what_was_typed_before_the_scripts_came_is_checked_when_they_come(screen):
    script = Held(screen, "**/js/checklist.js*")
    screen.goto(screen.url, wait_until="commit")
    screen.locator("#editor-text").fill("Лампу заменят.")
    script.let_go()
    expect(screen.locator(".checklist-summary")).to_have_text("Не хватает: приветствие, кто отвечает, срок.")


def test_better_wordings_keep_the_caret_and_can_be_taken_back(screen):
    field, undo = screen.locator("#editor-text"), screen.locator("#mend-undo")
    before = "🙂 Здравствуйте! В настоящее время данный двор убирают."
    field.fill(before)
    field.evaluate("element => element.setSelectionRange(element.value.length - 1, element.value.length - 1)")
    screen.get_by_role("button", name=re.compile("заменить все безопасные")).click()
    after = "🙂 Здравствуйте! Сейчас этот двор убирают."
    expect(field).to_have_value(after)
    assert caret(screen) == field.evaluate("element => element.value.length - 1")
    expect(screen.locator("[data-mend]")).to_have_count(0)
    expect(undo).to_be_focused()
    undo.click()
    expect(field).to_have_value(before)
    expect(undo).to_be_hidden()
    screen.get_by_role("button", name="Заменить «данный» на «этот»").click()
    expect(field).to_have_value(before.replace("данный", "этот"))
    expect(screen.locator("#saved")).to_contain_text("сохранено")


def test_accessible(screen):
    screen.locator("#editor-text").fill("Данный вопрос на контроле.")
    expect(screen.locator(".wordings")).to_be_visible()
    assert violations(screen) == []


def test_a_template_goes_to_the_caret_and_typing_replaces_its_first_field(screen, desk):
    with transaction() as session:
        text = "Лампу заменит «Горсвет» до {срок}."
        made = {"kind": "final", "created_at": NOW, "created_by_id": desk.ids["anna"]}
        session.add(AnswerTemplate(name="Свет", text=text, **made))
    screen.reload()
    field = screen.locator("#editor-text")
    field.fill("Здравствуйте!  Спасибо.")
    field.evaluate("element => element.setSelectionRange(14, 14)")
    screen.get_by_text("Вставить шаблон").click()
    screen.get_by_role("button", name="Вставить шаблон «Свет»").click()
    expect(field).to_have_value("Здравствуйте! Лампу заменит «Горсвет» до {срок}. Спасибо.")
    expect(screen.get_by_text("Заполните поля шаблона: {срок}.")).to_be_visible()
    screen.keyboard.type("5 декабря")
    expect(field).to_have_value("Здравствуйте! Лампу заменит «Горсвет» до 5 декабря. Спасибо.")
    expect(screen.locator(".checklist-summary")).to_have_text("Всё, что требует п. 16, на месте.")
    expect(screen.locator("#saved")).to_contain_text("сохранено")


def test_a_template_is_never_glued_to_the_words_around_it(screen, desk):
    with transaction() as session:
        made = {"kind": "final", "created_at": NOW, "created_by_id": desk.ids["anna"]}
        session.add(AnswerTemplate(name="Свет", text="Лампу заменит «Горсвет» 5 декабря.", **made))
    screen.reload()
    field = screen.locator("#editor-text")
    field.fill("Здравствуйте!Спасибо.")
    field.evaluate("element => element.setSelectionRange(13, 13)")
    insert = screen.get_by_role("button", name="Вставить шаблон «Свет»")
    screen.get_by_text("Вставить шаблон").click()
    insert.click()
    whole = "Здравствуйте! Лампу заменит «Горсвет» 5 декабря. Спасибо."
    expect(field).to_have_value(whole)
    expect(screen.locator("#saved")).to_contain_text("сохранено")
    screen.reload()
    expect(field).to_have_value(whole)
    screen.get_by_text("Вставить шаблон").click()
    insert.click()
    expect(field).to_have_value(f"{whole} Лампу заменит «Горсвет» 5 декабря.")


@pytest.mark.parametrize(
    ("around", "whole"),
    [
        (("Сроки", "."), "Сроки до 5 декабря."),
        (("Сроки", ", как обещано"), "Сроки до 5 декабря, как обещано"),
        (("Сроки (", ")"), "Сроки (до 5 декабря)"),
        (("Сказано: «", "»"), "Сказано: «до 5 декабря»"),
        (("Сроки", "(п. 8)"), "Сроки до 5 декабря (п. 8)"),
        (("Сроки", "— обещаны"), "Сроки до 5 декабря — обещаны"),
    ],
)
def test_a_template_leaves_no_blank_at_a_full_stop_or_bracket(screen, desk, around, whole):
    with transaction() as session:
        made = {"kind": "final", "created_at": NOW, "created_by_id": desk.ids["anna"]}
        session.add(AnswerTemplate(name="Срок", text="до 5 декабря", **made))
    screen.reload()
    field = screen.locator("#editor-text")
    field.fill("".join(around))
    field.evaluate("(element, at) => element.setSelectionRange(at, at)", len(around[0]))
    screen.get_by_text("Вставить шаблон").click()
    screen.get_by_role("button", name="Вставить шаблон «Срок»").click()
    expect(field).to_have_value(whole)
