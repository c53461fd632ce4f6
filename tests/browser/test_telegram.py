"""In a real browser with the emulated Telegram: connected with a ground, a question in a thread is answered there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.listening.acts import hearing
from osm.models import Connection, Message, User
from osm.outbox.acts import rounds
from tests.connectors.networks import TELEGRAM_PAGE
from tests.desk import Desk
from tests.emulators.telegram import GROUP, TOKEN, telegram_network
from tests.in_browser import violations

from .test_networks import ANSWER, ASKED, OTHER, decided, prepare
from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser


@pytest.fixture
def telegram(app, clock: FixedClock):
    with telegram_network(limits=False, now=int(clock.now().timestamp())) as found:
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={"telegram": found.base})
        yield found
        app.extensions["osm"].settings = kept


def test_a_question_in_a_thread_is_answered_in_it(
    telegram, desk: Desk, clock: FixedClock, enter: Callable[..., Page]
) -> None:
    def work_after(seconds: int) -> None:
        clock.set(clock.now() + timedelta(seconds=seconds))
        db.session.rollback()
        hearing.run(clock.now(), WHOLE)
        rounds.run("this process", clock.now(), WHOLE)

    thread = telegram.post("Ремонт дорог")
    with transaction() as session:
        session.scalars(db.select(User).filter_by(login="dina")).one().password_hash = desk.boris.password_hash

    # Without a ground the page is not connected, and what was typed stays.
    dina = enter("dina", TELEPHONE)
    root = dina.url.rstrip("/")
    dina.goto(f"{root}/admin/pages/new?network=telegram")
    expect(dina.get_by_text("замедлена Роскомнадзором с 10.02.2026")).to_be_visible()
    expect(dina.get_by_text("41-ФЗ")).to_be_visible()
    dina.get_by_label("Номер страницы").fill(TELEGRAM_PAGE)
    dina.get_by_label("Токен бота").fill(TOKEN)
    dina.get_by_label("На каком основании страница нужна").fill(" ")
    dina.get_by_role("button", name="Проверить и подключить").click()
    expect(dina.get_by_text("Укажите, на каком основании").first).to_be_visible()
    expect(dina.get_by_label("Номер страницы")).to_have_value(TELEGRAM_PAGE)
    assert violations(dina) == []
    look(dina, "telegram-ground-390")
    dina.get_by_label("На каком основании страница нужна").fill("Распоряжение от 01.11.2026 № 12")
    dina.get_by_label("Токен бота").fill(TOKEN)
    dina.get_by_role("button", name="Проверить и подключить").click()
    expect(dina.get_by_text("Подключена на основании: Распоряжение от 01.11.2026 № 12")).to_be_visible()
    look(dina, "telegram-page-390")
    db.session.rollback()
    assert db.session.scalars(db.select(Connection)).one().key_names == ["access_token"]

    # A citizen asks under a post; Анна takes it, Борис answers, Анна approves and publishes.
    work_after(5)
    number = telegram.write(thread, OTHER, "Пётр Иванов", ASKED)
    work_after(5)
    anna = enter("anna", DESK)
    anna.goto(f"{root}/moderation")
    decided(anna, anna.get_by_role("listitem").filter(has_text=ASKED).first, "Взять в работу")
    db.session.rollback()
    message = db.session.scalars(db.select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    prepare(message, desk, clock)
    anna.goto(f"{root}/messages/{message.id}/publish")
    anna.get_by_role("button", name="Опубликовать", exact=True).click()
    work_after(61)
    answer = telegram.messages[GROUP, number + 1]
    assert (answer["caption"], answer["message_thread_id"]) == (ANSWER, thread)
    assert answer["reply_to_message"]["message_id"] == number
    anna.goto(f"{root}/messages/{message.id}")
    expect(anna.get_by_text("ответ размещён программой")).to_be_visible()
    expect(anna.get_by_text("Telegram не сообщает об удалениях")).to_be_visible()
    expect(anna.locator(f'a[href="https://t.me/gorod/1?comment={number + 1}"]').first).to_be_visible()
    look(anna, "telegram-answered")
