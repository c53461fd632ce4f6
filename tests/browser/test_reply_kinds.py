"""In a real browser: a clarification, the author's answer, an interim answer, a second one, the final one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.errors import NotFound
from osm.base.transaction import transaction
from osm.models import Message, Origin

from .test_loop import DESK, TELEPHONE, enter, root, send

__all__ = ["enter"]

pytestmark = pytest.mark.browser

LINK = "https://vk.com/wall-1_900?reply="


@pytest.fixture
def message_id(app: Flask, cast: dict[str, int], clock: FixedClock) -> int:
    """A complaint without an address, directed to Борис."""
    from osm.base.database import db
    from osm.messages.acts import entry, routing
    from osm.models import User

    with app.app_context():
        with transaction():
            message = Message(
                number="880900", key="number:880900", origin=Origin.INCIDENT, network="vk",
                url="https://vk.com/wall-1_900", text="Во дворе вторую неделю течёт колонка, сделайте что-нибудь!",
                received_at=clock.now(), stored_at=clock.now(),
            )  # fmt: skip
            entry.register(message, now=clock.now(), actor=None)
        anna = db.session.get(User, cast["anna"])
        if anna is None:
            raise NotFound
        routing.route_message(
            message.id, message.version, executor_id=cast["boris"], task="", actor=anna, now=clock.now()
        )
        return message.id


def test_clarification_answer_of_the_author_interim_and_final(app, clock, enter, message_id):
    anna, boris = enter("anna", DESK), enter("boris", TELEPHONE)

    def later(**span: int) -> None:
        clock.set(clock.now() + timedelta(**span))

    def answers(text: str, kind: str, reason: str = "") -> None:
        boris.goto(f"{root(boris)}/messages/{message_id}/answer")
        boris.locator("#editor-text").fill(text)
        boris.locator(f"#kind-{kind}").check()
        if reason:
            expect(boris.get_by_label("Почему ответ промежуточный")).to_be_visible()
            send(boris)
            expect(boris.get_by_text("Выберите, почему ответ промежуточный").first).to_be_visible()
            expect(boris.locator("#editor-text")).to_have_value(text)
            boris.get_by_label("Почему ответ промежуточный").select_option(label=reason)
        else:
            expect(boris.get_by_label("Почему ответ промежуточный")).not_to_be_visible()
        send(boris)
        expect(boris.locator("#notices")).to_contain_text("отправлен на согласование")

    def approves_and_publishes(number: int) -> None:
        later(minutes=5)
        anna.goto(f"{root(anna)}/approvals/{message_id}")
        if anna.locator("#approve-in-spite").count():
            anna.locator("#approve-in-spite").select_option(index=2)
        anna.get_by_role("button", name=re.compile("Согласовать версию")).click()
        expect(anna.locator("#notices")).to_contain_text("согласовано")
        later(minutes=5)
        anna.goto(f"{root(anna)}/messages/{message_id}/publish")
        anna.get_by_label("Ссылка на ответ").fill(f"{LINK}{number}")
        anna.get_by_role("button", name="Отметить опубликованным").click()
        expect(anna.locator("#notices")).to_contain_text("опубликованным")  # the button has this word too

    # The address is missing: Борис asks for it.
    answers("Здравствуйте! Подскажите, пожалуйста, в каком дворе течёт колонка?", "clarification")
    approves_and_publishes(1)
    expect_status(anna, message_id, "Ждём ответа автора")

    # The author answered twenty minutes ago; Анна enters the answer and its time.
    later(hours=1)
    wrote = (clock.now() - timedelta(minutes=20) + timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M")
    anna.get_by_label("Что написал автор").fill("Двор дома Калининская, 12")
    anna.locator("#author_answered-written_at").fill(wrote)
    anna.get_by_role("button", name="Внести ответ автора").click()
    expect(anna.get_by_text("Ответ автора внесён").first).to_be_visible()
    expect(anna.get_by_text("Двор дома Калининская, 12").first).to_be_visible()

    # No pipes in stock yet: an interim answer; the final one is due in three working days.
    answers("Здравствуйте! Слесарь водоканала осмотрел колонку, ремонт назначим к пятнице, 27 ноября.", "interim")
    approves_and_publishes(2)
    expect_status(anna, message_id, "Окончательный ответ — до 30.11")

    # A second interim answer has to be explained, and moves nothing.
    later(hours=1)
    anna.get_by_role("button", name="Готовить окончательный ответ").click()
    expect(anna.get_by_text("Можно готовить окончательный").first).to_be_visible()
    answers(
        "Здравствуйте! Водоканал ждёт трубу, ремонт колонки завершим до понедельника, 30 ноября.",
        "interim",
        "мешает погода или нет материалов",
    )
    anna.goto(f"{root(anna)}/approvals/{message_id}")
    expect(anna.get_by_text("Снова промежуточный").first).to_contain_text("нет материалов")
    approves_and_publishes(3)
    expect_status(anna, message_id, "Окончательный ответ — до 30.11")

    # A working day before the term both are reminded of it.
    clock.set(clock.now().replace(hour=7, minute=30) + timedelta(days=2))  # Friday 17:30
    anna, boris = enter("anna", DESK), enter("boris", TELEPHONE)  # the sessions have ended by now
    for page in (anna, boris):
        page.wait_for_load_state()
        if page is anna:
            page.get_by_role("link", name="Скоро срок у других").click()
        expect(page.get_by_text("напоминание: окончательный ответ до").first).to_be_visible()
        assert "просрочен" not in page.inner_text("main").lower()

    boris.get_by_role("link", name="Готовить окончательный").click()
    boris.get_by_role("button", name="Готовить окончательный ответ").click()
    expect(boris.get_by_text("Можно готовить окончательный").first).to_be_visible()
    answers("Здравствуйте! Водоканал заменил трубу, колонка 27 ноября отремонтирована и не течёт.", "final")
    approves_and_publishes(4)
    expect_status(anna, message_id, "Ответ дан")
    assert "нарушен" not in anna.inner_text("main").lower()


def expect_status(page: Page, message_id: int, words: str) -> None:
    page.goto(f"{root(page)}/messages/{message_id}")
    expect(page.locator(".status").first).to_have_text(words)
