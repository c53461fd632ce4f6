"""П.3 in a real browser: what an absent person typed and did not send is seen and taken over by the substitute."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.messages.acts import routing
from tests.desk import Desk
from tests.office import at

from .test_several_executors import DESK, desk, enter, later, look

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser

TYPED = "Здравствуйте, Мария! Бригада МУП «Горсвет» выедет на Калининскую, 12"
OWN = "Здравствуйте! Уточняю у бригады."


def test_an_unsent_text_goes_over_with_the_work_and_comes_back(
    app: Flask, desk: Desk, clock: FixedClock, enter: Callable[..., Page]
) -> None:
    message = desk.incident("25.11 10:05")
    routing.route_message(
        message.id, message.version, executor_id=desk.ids["boris"], task="", actor=desk.anna, now=clock.now()
    )
    boris = enter("boris")
    root = boris.url.rstrip("/")
    answer = f"{root}/messages/{message.id}/answer"

    # Борис types and falls ill before he has sent anything.
    boris.goto(answer)
    boris.locator("#editor-text").press_sequentially(TYPED)
    expect(boris.locator("#saved")).to_contain_text("сохранено")
    later(clock, 20)
    anna = enter("anna", DESK)
    anna.goto(f"{root}/admin/absences/new")
    anna.get_by_label("Кто отсутствует").select_option(value=str(desk.ids["boris"]))
    anna.get_by_label("Причина").select_option(value="illness")
    anna.get_by_label("Первый день").fill("2026-11-25")
    anna.get_by_label("Последний день").fill("2026-11-26")
    anna.get_by_label("Кто замещает").select_option(value=str(desk.ids["lidia"]))
    anna.get_by_role("button", name="Внести").click()
    expect(anna.get_by_text("Отсутствие внесено.")).to_be_visible()
    anna.goto(root)
    hand_over(anna)

    # Лидия has begun with her own words; she reads his and puts them under hers with one press.
    lidia = enter("lidia")
    lidia.goto(answer)
    left = lidia.locator(".left-text")
    expect(left).to_contain_text("Не отправлено: Борис Ежов")
    expect(left.locator(".message-text")).to_have_text(TYPED)
    lidia.locator("#editor-text").fill(OWN)
    look(lidia, "left-text-telephone")
    left.get_by_role("button", name="Взять этот текст").click()
    expect(lidia.get_by_text("Текст коллеги теперь в вашем поле")).to_be_visible()
    expect(lidia.locator("#editor-text")).to_have_value(f"{OWN}\n\n{TYPED}")
    expect(lidia.locator(".left-text")).to_have_count(0)
    look(lidia, "taken-text-telephone")

    # He comes back on the third day: hers, unsent as well, waits for him.
    clock.set(at("27.11 09:10"))
    hand_over(enter("anna", DESK))
    back = enter("boris")
    back.goto(answer)
    expect(back.locator(".left-text")).to_contain_text("Не отправлено: Лидия Журавлёва")
    expect(back.locator("#editor-text")).to_have_value(TYPED)


def hand_over(anna: Page) -> None:
    anna.get_by_role("button", name=re.compile("^(Передать|Вернуть)$")).first.click()
    expect(anna.get_by_text(re.compile("Передано|Возвращено")).first).to_be_visible()
