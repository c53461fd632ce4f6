"""A body outside in a browser: asked, masked, sent, answered on a telephone without log-in, taken into the draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from osm.base.application import FixedClock
from osm.messages.acts import routing
from osm.neighbours.acts import asking
from tests.desk import Desk
from tests.in_browser import violations
from tests.pictures import picture

from .test_several_executors import desk, enter

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser


def test_asked_sent_answered_and_taken(
    app: Flask, desk: Desk, clock: FixedClock, enter: Callable[..., Page], browser: Browser, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    message = desk.incident("25.11 10:05", text="Нет воды, Калининская 12. Звоните +7 924 000-11-22")
    routing.route_message(
        message.id, message.version, executor_id=desk.ids["boris"], task="", actor=desk.anna, now=clock.now()
    )
    asking.create_body(name="Водоканал", email="", phone="2-22-22", actor=desk.anna, now=clock.now())
    boris = enter("boris")
    root = boris.url.rstrip("/")
    settings = app.extensions["osm"].settings
    monkeypatch.setattr(app.extensions["osm"], "settings", replace(settings, site=replace(settings.site, links=root)))

    # Борис asks from the page where he writes.
    boris.goto(f"{root}/messages/{message.id}/answer")
    boris.locator("#editor-text").fill("Здравствуйте!")
    expect(boris.locator("#saved")).to_contain_text("сохранено")
    boris.get_by_role("link", name="Спросить организацию").click()
    boris.get_by_label("Организация").select_option(label="Водоканал")
    boris.get_by_label("ссылка").check()
    boris.get_by_label("Вопрос").fill("Когда дадут воду? Мария Петровна ждёт")
    boris.get_by_label("Добавить текст сообщения").check()
    assert violations(boris) == []
    boris.get_by_role("button", name="Передать куратору").click()
    expect(boris.get_by_text("ждёт куратора")).to_be_visible()

    # Анна finds it in «Ждёт меня», reads what leaves, mends it and lets it go.
    anna = enter("anna")
    anna.goto(root)
    anna.get_by_role("link", name="Проверить и отправить").click()
    text = anna.get_by_label("Текст страницы")
    expect(text).to_have_value("Администрация просит ответить:\n\nКогда дадут воду? [скрыто] ждёт\n\n"
                               "Житель написал:\n«Нет воды, Калининская 12. Звоните [скрыто]»")  # fmt: skip
    text.fill("Когда дадут воду на Калининской, 12?")
    assert violations(anna) == []
    anna.get_by_role("button", name="Отправить в организацию").click()
    link, code = anna.locator("#link").inner_text(), anna.locator("strong", has_text="").last.inner_text()

    # A stranger, on a telephone, without log-in and without scripts.
    telephone = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    outside = telephone.new_page()
    outside.goto(link)
    expect(outside.get_by_text("Калининской")).to_have_count(0)
    outside.get_by_label("Код").fill(code)
    outside.get_by_role("button", name="Открыть вопрос").click()
    expect(outside.get_by_text("Когда дадут воду на Калининской, 12?")).to_be_visible()
    assert outside.evaluate("document.documentElement.scrollWidth <= 390")
    (tmp_path / "фото.png").write_bytes(picture())
    outside.get_by_label("Ваш ответ").fill("Дадим в 18:00, меняем задвижку")
    outside.get_by_label("Фото").set_input_files(tmp_path / "фото.png")
    outside.get_by_role("button", name="Отправить").click()
    expect(outside.get_by_text("Спасибо, ответ получен")).to_be_visible()
    outside.goto(link)
    expect(outside.get_by_text("Эта ссылка закрыта")).to_be_visible()
    telephone.close()

    # Борис takes it into his draft, under what he has typed, and the photo to the reply.
    boris.goto(f"{root}/messages/{message.id}/answer")
    boris.get_by_role("link", name="Водоканал", exact=True).click()
    assert violations(boris) == []
    boris.get_by_role("button", name="Взять в проект").click()
    boris.goto(f"{root}/messages/{message.id}/answer")
    expect(boris.locator("#editor-text")).to_have_value("Здравствуйте!\n\nДадим в 18:00, меняем задвижку")
    expect(boris.locator("#answer-photos img")).to_have_count(1)
