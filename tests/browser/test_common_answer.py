"""In a real browser: ten complaints of one kind, one answer, written and approved once, placed ten times."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from osm.base.application import FixedClock
from osm.base.transaction import transaction
from osm.messages.acts import entry
from osm.models import Author, Deadline, LinkKind, LinkState, Message, MessageLink, Origin
from osm.regulation.words import Status

from .test_loop import DESK, TELEPHONE, enter, root

__all__ = ["enter"]

pytestmark = pytest.mark.browser

NAMES = (
    "Ирина Выдуманная",
    "Пётр Небывалый",
    "",
    "Ольга Придуманная",
    "lesoz_25",
    "Нина Ж.",
    "",
    "Олег",
    "Вера К.",
    "",
)
TEXT = "{приветствие} МКУ «Дорожник» засыплет яму на Калининской, 12 до пятницы, 27 ноября."


def complain(app: Flask, clock: FixedClock, number: int, name: str, like: int | None = None) -> int:
    """A complaint from the export; `like`: the worker has proposed it as the same matter."""
    from osm.base.database import db

    with app.app_context(), transaction():
        author = Author(network="vk", profile_url=f"https://vk.com/id{number}", name=name) if name else None
        message = Message(
            number=f"8809{number:02}", key=f"number:8809{number:02}", origin=Origin.INCIDENT, network="vk",
            url=f"https://vk.com/wall-1_9{number:02}", text=f"Яма на Калининской, 12, колесо пробил! {number}",
            place="Калининская, 12", author=author, received_at=clock.now(), stored_at=clock.now(),
        )  # fmt: skip
        entry.register(message, now=clock.now(), actor=None)
        db.session.flush()
        if like:
            db.session.add(
                MessageLink(
                    later_id=message.id, earlier_id=like, kind=LinkKind.SAME_MATTER, state=LinkState.PROPOSED, score=900
                )
            )
        return message.id


def test_one_answer_to_ten_complaints(app: Flask, clock: FixedClock, enter) -> None:
    from osm.base.database import db

    anna, boris = enter("anna", DESK), enter("boris", TELEPHONE)
    ids = [complain(app, clock, number, name) for number, name in enumerate(NAMES)]

    # Анна ticks all ten in the register and gives them to Борис.
    anna.goto(f"{root(anna)}/messages?status=open")
    anna.get_by_label("Все на листе").check()
    anna.locator("summary", has_text="один ответ").click()
    anna.locator("#bulk-executor").select_option(label="Борис Ежов (ЖКХ)")
    anna.get_by_role("button", name="Один ответ на все").click()
    expect(anna.get_by_text("Сообщения объединены")).to_be_visible()
    expect(anna.locator(".group-member")).to_have_count(10)
    group = anna.url

    # Борис writes it once on his telephone; what he types is kept and checked.
    clock.set(clock.now() + timedelta(minutes=10))
    boris.goto(root(boris))
    expect(boris.get_by_role("link", name="Общий ответ № 1")).to_have_count(1)
    expect(boris.get_by_text("10 сообщений")).to_be_visible()
    boris.get_by_role("link", name="Подготовить ответ").click()
    expect(boris.get_by_role("heading", name="Общий ответ № 1")).to_be_visible()
    boris.get_by_label("Общий текст").fill(TEXT)
    expect(boris.get_by_text("сохранено")).to_be_visible()
    expect(boris.locator("#checklist")).not_to_contain_text("Заполните поля")
    boris.reload()
    expect(boris.get_by_label("Общий текст")).to_have_value(TEXT)
    boris.get_by_role("button", name="Отправить на согласование").click()
    expect(boris.get_by_text("Общий ответ отправлен на согласование")).to_be_visible()

    # He sees a slip, takes it back and sends it again.
    boris.locator("summary", has_text="Отозвать").click()
    boris.get_by_role("button", name="Отозвать").click()
    expect(boris.get_by_text("Общий ответ отозван")).to_be_visible()
    expect(boris.get_by_label("Общий текст")).to_have_value(TEXT)
    boris.get_by_label("Общий текст").fill(TEXT.replace("засыплет", "засыпает"))
    boris.get_by_role("button", name="Отправить на согласование").click()
    expect(boris.get_by_text("Общий ответ отправлен на согласование")).to_be_visible()

    # Анна finds one row for all of them, corrects a word and approves.
    clock.set(clock.now() + timedelta(minutes=5))
    anna.goto(f"{root(anna)}/approvals")
    anna.get_by_role("link", name="Рассмотреть").click()
    expect(anna).to_have_url(group)
    anna.locator("#correct > summary").click()
    anna.get_by_label("Общий текст").fill(TEXT)
    anna.wait_for_load_state()
    if anna.locator("#correct-in-spite").count():
        anna.locator("#correct-in-spite").select_option(index=1)
    anna.get_by_role("button", name="Поправить и согласовать").click()
    expect(anna.get_by_text("Исправлено и согласовано для всех")).to_be_visible()
    boris.reload()
    expect(boris.locator("[data-row=correction]")).to_be_visible()

    # An eleventh neighbour complains: one click, and the answer is ready for him too.
    eleventh = complain(app, clock, 10, "Семён Опоздавший", like=ids[0])
    anna.goto(f"{root(anna)}/messages/{eleventh}")
    anna.get_by_role("button", name="Присоединить к нему").click()
    expect(anna.get_by_text("Присоединено: 1 сообщение")).to_be_visible()

    # The second one turns out to be about another hole: it is answered alone.
    row = anna.locator(f"#member-{ids[1]}")
    row.get_by_text("Ответить отдельно").click()
    row.get_by_label("Почему отдельно").fill("Яма у дома 21, другой участок")
    row.get_by_role("button", name="Вывести из общего ответа").click()
    expect(anna.get_by_text("на него ответят отдельно")).to_be_visible()

    # She places the answer under each message: own greeting, own link, own time.
    texts = []
    for number in range(10):
        clock.set(clock.now() + timedelta(minutes=1))
        anna.get_by_role("link", name="Опубликовать").first.click()
        texts.append(anna.get_by_label("Согласованный текст").input_value())
        anna.get_by_label("Ссылка на ответ").fill(f"https://vk.com/wall-1_900?reply={number}")
        anna.get_by_role("button", name="Отметить опубликованным").click()
        expect(anna.locator("#notices")).to_contain_text("опубликованным")  # the button has this word too
        if number < 9:
            expect(anna).to_have_url(group)
    assert len(set(texts)) > 5
    assert any("Ирина" in text.split("!")[0] for text in texts)
    assert not any("{" in text or "lesoz" in text for text in texts)
    assert all(re.search(r"засыплет яму на Калининской, 12 до пятницы", text) for text in texts)

    with app.app_context():
        answered = db.session.scalars(db.select(Message).where(Message.status == Status.ANSWERED)).unique().all()
        assert {m.id for m in answered} == {*ids, eleventh} - {ids[1]}
        assert len({m.replies[-1].published_at for m in answered}) == 10
        assert db.session.get(Message, ids[1]).status is Status.REWORK
        assert db.session.scalars(db.select(Deadline).where(Deadline.breached_at.is_not(None))).all() == []
