"""In a real browser: an answer names a day; on it the executor is asked; his result with a photo is checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from osm.answers.acts import drafting
from osm.approvals import acts as approval
from osm.approvals.acts import Override
from osm.base.application import FixedClock
from osm.messages.acts import routing
from osm.models import Message, OverrideReason, Promise, PromiseState
from tests.desk import Desk

from .test_loop import photo
from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter", "photo"]

pytestmark = pytest.mark.browser

TEXT = "Здравствуйте, Мария! МКУ «Дорожник» засыплет яму на Калининской, 12 до 27 ноября."


def approved(desk: Desk, clock: FixedClock) -> Message:
    """On Wednesday, 25.11, the answer is ready to be placed."""
    m, now = desk.incident("25.11 10:05"), clock.now()
    routing.route_message(m.id, m.version, executor_id=desk.ids["boris"], task="", actor=desk.anna, now=now)
    drafting.submit_draft(m.id, m.version, text=TEXT, kind="final", confirmed=True, actor=desk.boris, now=now)
    approval.approve_draft(
        m.id, m.version, draft_id=drafting.submitted_draft(m).id, override=Override(OverrideReason.IS_THERE),
        actor=desk.anna, now=now,
    )  # fmt: skip
    return m


def test_a_promise_from_the_answer_to_its_result(
    app: Flask, desk: Desk, clock: FixedClock, enter: Callable[..., Page], photo: Path
) -> None:
    message = approved(desk, clock)
    anna, boris = enter("anna", DESK), enter("boris", TELEPHONE)
    root = anna.url.rstrip("/")

    # Анна places the answer; the day that it names is proposed as control date.
    anna.goto(f"{root}/messages/{message.id}/publish")
    expect(anna.get_by_label("Проверить: «до 27 ноября»")).to_have_value("2026-11-27")
    look(anna, "promise-publishing")
    anna.get_by_label("Ссылка на ответ").fill("https://vk.com/wall-1_501?reply=21")
    anna.get_by_role("button", name="Отметить опубликованным").click()
    expect(anna.get_by_role("button", name="Отметить опубликованным")).to_have_count(0)
    anna.goto(f"{root}/messages/{message.id}")
    expect(anna.get_by_text("27.11.2026").first).to_be_visible()
    look(anna, "promise-card")

    # Before its day neither of them is asked.
    boris.goto(root)
    expect(boris.get_by_role("heading", name="Ждёт меня")).to_be_visible()
    expect(boris.get_by_role("link", name="Внести результат")).to_have_count(0)

    # On Friday Борис is asked for the result, on his telephone; without words it is refused.
    clock.set(clock.now() + timedelta(days=2))
    boris = enter("boris", TELEPHONE)
    expect(boris.get_by_role("link", name="обещания 1")).to_be_visible()
    look(boris, "promise-inbox-telephone")
    boris.get_by_role("link", name="Внести результат").click()
    expect(boris.get_by_text("срок сегодня")).to_be_visible()
    expect(boris.get_by_text("«до 27 ноября»")).to_be_visible()
    boris.get_by_role("textbox", name="Результат").fill("Яму засыпали щебнем и утрамбовали.")
    boris.get_by_label("Фото результата").set_input_files(photo)
    look(boris, "promise-report-telephone")
    boris.get_by_role("button", name="Внести результат").click()
    expect(boris.get_by_text("Результат внесён, куратор увидит его")).to_be_visible()
    expect(boris.get_by_alt_text("Фото результата 1")).to_be_visible()

    # Анна sees the result with its photo, and closes it.
    anna = enter("anna", DESK)
    anna.get_by_role("link", name="Проверить результат").click()
    expect(anna.get_by_text("Яму засыпали щебнем")).to_be_visible()
    picture = anna.get_by_alt_text("Фото результата 1")
    expect(picture).to_be_visible()
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    look(anna, "promise-decide")
    anna.get_by_role("button", name="Выполнено", exact=True).click()
    expect(anna.locator(".group-state")).to_have_text("выполнено")
    look(anna, "promise-done")
    anna.goto(root)
    expect(anna.get_by_role("heading", name="Ждёт меня")).to_be_visible()
    expect(anna.get_by_role("link", name="Проверить результат")).to_have_count(0)

    with app.app_context():
        from osm.base.database import db

        row = db.session.scalars(db.select(Promise)).one()
        assert (row.state, len(row.photos)) == (PromiseState.DONE, 1)
