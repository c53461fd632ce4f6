"""Drafting, approval and publication in a real browser: what is refused, photos, no scripts, no second sending."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from osm.regulation.words import Status
from tests.in_browser import log_in
from tests.waiting import Held

from .telephone import PHONE, complaints, editor, message, screen

pytestmark = pytest.mark.browser

__all__ = ["complaints", "message", "screen"]

TEXT = "Здравствуйте, Мария! Яму засыпали."


def picture(folder: Path, name: str, size: tuple[int, int] = (1600, 1200)) -> str:
    Image.new("RGB", size, "#884400").save(folder / name)
    return str(folder / name)


def test_what_a_refused_form_asks_for_is_seen_at_once(screen, desk, message, complaints):
    editor(screen).fill("Здравствуйте! Яму {мера}.")
    screen.get_by_role("button", name="Отправить на согласование").click()
    expect(screen.get_by_text("Заполните поля шаблона: {мера}. Весь текст сохранён.")).to_be_in_viewport()
    expect(editor(screen)).to_be_focused()
    editor(screen).fill("Здравствуйте! Яму засыплют.")
    screen.locator("#kind-final").evaluate("element => { element.value = 'speech' }")
    screen.get_by_role("button", name="Отправить на согласование").click()
    expect(screen.get_by_text("Выберите, что это")).to_be_in_viewport()
    expect(screen.locator("#kind-final")).to_be_focused()
    assert complaints == []


def test_photos_go_at_once_by_file_and_paste_and_come_off(screen, desk, message, tmp_path, complaints):
    editor(screen).fill("Яму")
    screen.set_input_files("#photo-files", [picture(tmp_path, "один.jpg"), picture(tmp_path, "два.png")])
    expect(screen.locator("#answer-photos li")).to_have_count(2)
    expect(editor(screen)).to_have_value("Яму")
    expect(screen.locator("#answer-photos.htmx-added")).to_have_count(0)  # until then the new field hears nothing
    screen.evaluate(
        """async () => {
            const canvas = document.createElement("canvas");
            canvas.width = canvas.height = 20;
            const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
            const data = new DataTransfer();
            data.items.add(new File([blob], "снимок.png", { type: "image/png" }));
            document.querySelector("#editor-text").dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(screen.locator("#answer-photos li")).to_have_count(3)
    expect(screen.locator("#answer-photos.htmx-added")).to_have_count(0)
    screen.get_by_role("button", name="Убрать фото 1").click()
    expect(screen.locator("#answer-photos li")).to_have_count(2)
    names = [row.filename for row in desk.again(message).replies[-1].attachments]
    assert names == ["два.png", "снимок.png"]
    shown = screen.locator("#answer-photos img").first
    expect(shown).not_to_have_js_property("naturalWidth", 0)
    expect(screen.locator("#answer-photos.htmx-added")).to_have_count(0)
    (tmp_path / "не-фото.jpg").write_bytes(b"no picture")
    screen.set_input_files("#photo-files", str(tmp_path / "не-фото.jpg"))
    expect(screen.locator("#answer-photos")).to_contain_text("«не-фото.jpg» — не изображение")
    expect(editor(screen)).to_have_value("Яму")
    assert complaints == []


def test_from_the_telephone_to_the_network_without_any_script(browser: Browser, live_url, desk, message, tmp_path):
    def person(login: str, path: str) -> Page:
        page = browser.new_context(java_script_enabled=False, viewport=PHONE).new_page()
        log_in(page, live_url, login, path)
        return page

    boris = person("boris", f"/messages/{message.id}/answer")
    editor(boris).fill(TEXT)
    boris.set_input_files("#photo-files", picture(tmp_path, "яма.jpg"))
    boris.get_by_role("button", name="Сохранить, отправлю позже").click()
    expect(boris.locator("#notices")).to_contain_text("Сохранено 11:00")
    expect(editor(boris)).to_have_value(TEXT)
    expect(boris.locator("#answer-photos li")).to_have_count(1)
    boris.get_by_role("button", name="Отправить на согласование").click()
    expect(boris.locator("#notices")).to_contain_text("проект отправлен на согласование, версия 1")

    anna = person("anna", f"/approvals/{message.id}")
    anna.locator("summary", has_text="Вернуть на доработку").click()
    anna.get_by_label("Не назван срок").check()
    anna.get_by_role("button", name="Вернуть на доработку").click()
    expect(anna.locator("#notices")).to_contain_text("возвращено")
    boris.goto(f"{live_url}/messages/{message.id}/answer")
    expect(boris.get_by_text("Не назван срок")).to_be_visible()
    editor(boris).fill(f"{TEXT} Заасфальтируют 26 ноября.")
    boris.get_by_role("button", name="Отправить на согласование").click()
    expect(boris.locator("#notices")).to_contain_text("проект отправлен на согласование, версия 2")

    anna.goto(f"{live_url}/approvals/{message.id}")
    expect(anna.locator("ins").first).to_contain_text("Заасфальтируют 26 ноября.")
    anna.locator("summary", has_text="Поправить и согласовать").click()
    editor(anna).fill(f"{TEXT} Заасфальтируют 27 ноября.")
    anna.locator("#correct-in-spite").select_option("is_there")
    anna.get_by_role("button", name="Поправить и согласовать").click()
    expect(anna.locator("#changed-facts")).to_contain_text("26 ноября → 27 ноября")
    anna.get_by_role("button", name="Всё верно, согласовать").click()
    anna.get_by_role("link", name="Опубликовать", exact=True).first.click()
    expect(anna.get_by_label("Согласованный текст")).to_have_value(f"{TEXT} Заасфальтируют 27 ноября.")
    anna.get_by_label("Ссылка на ответ").fill("https://vk.com/wall-1_1?reply=7")
    anna.get_by_role("button", name="Отметить опубликованным").click()
    expect(anna.locator("#notices")).to_contain_text("ответ отмечен опубликованным")
    assert desk.again(message).status is Status.ANSWERED
    for page in (boris, anna):
        page.context.close()


def test_a_second_click_on_send_sends_once(screen, desk, message):
    editor(screen).fill(TEXT)
    sent = Held(screen, "**/answer")  # or the second click could meet the next page
    screen.get_by_role("button", name="Отправить на согласование").dblclick(no_wait_after=True)
    sent.let_go()
    assert sent.routes == []
    screen.wait_for_url(re.compile(r"/$"))
    expect(screen.locator("#notices")).to_contain_text("версия 1")
    assert len(desk.again(message).replies[-1].drafts) == 1
