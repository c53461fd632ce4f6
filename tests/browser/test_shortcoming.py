"""In a real browser: a late draft, its cause from a telephone, an objection, the memo, and what was decided upon it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.transaction import transaction
from osm.flow.acts.act import record_breaches
from osm.regulation.words import Post, Status
from tests.desk import Desk
from tests.office import at

from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser


def test_from_a_breach_to_a_decision_that_is_reported(
    app: Flask, desk: Desk, clock: FixedClock, enter: Callable[..., Page]
) -> None:
    with transaction():
        desk.gleb.post, desk.gleb.password_hash = Post.CHIEF_OF_STAFF, desk.boris.password_hash
    desk.in_status(Status.NEW)
    desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 18:10"))
    record_breaches(clock.now())
    boris, anna, gleb = enter("boris", TELEPHONE), enter("anna", DESK), enter("gleb", DESK)
    root = anna.url.rstrip("/")

    # Борис is asked once; one press names the cause, and he does not agree.
    boris.goto(root)
    expect(boris.get_by_role("link", name="Назвать причину")).to_have_count(1)
    boris.get_by_role("link", name="Назвать причину").click()
    look(boris, "shortcoming-cause-telephone")
    boris.get_by_role("button", name="Много работы одновременно").click()
    expect(boris.get_by_text("Причина записана")).to_be_visible()
    boris.goto(f"{root}/reports/shortcomings")
    boris.get_by_role("link", name="Нарушен срок: проект на согласование").click()
    boris.get_by_text("Возразить…").click()
    boris.get_by_label("С чем вы не согласны").fill("Подрядчик молчал до вечера.")
    boris.get_by_role("button", name="Возразить").click()
    expect(boris.get_by_text("Возражение записано")).to_be_visible()

    # Анна answers the objection; her own is decided by the chief of staff.
    anna.goto(root)
    anna.get_by_role("link", name="Решить").click()
    anna.get_by_text("Это недостаток…").click()
    anna.get_by_label("Почему возражение не принято").fill("Запросить подрядчика можно было утром.")
    look(anna, "shortcoming-decision")
    anna.get_by_role("button", name="Подтвердить недостаток").click()
    expect(anna.get_by_text("Недостаток подтверждён.")).to_be_visible()
    anna.get_by_role("link", name="Назвать причину").first.click()
    expect(anna.get_by_role("button", name="Это недостаток")).to_have_count(0)
    anna.get_by_role("button", name="Поздно увидели сообщение").click()
    expect(anna.get_by_text("Причина записана")).to_be_visible()
    gleb.goto(root)
    gleb.get_by_role("link", name="Решить").first.click()
    gleb.get_by_text("Снять…").click()
    gleb.get_by_label("Почему").select_option("source_time")
    gleb.get_by_role("button", name="Снять", exact=True).click()
    expect(gleb.get_by_text("Снято.")).to_be_visible()

    # The memo goes to the chief of staff; Борис's page shows his decision until Борис reports.
    anna.goto(f"{root}/reports/memos")
    anna.get_by_text("Подготовить за другие дни…").click()
    anna.get_by_label("С", exact=True).fill("2026-11-01")
    anna.get_by_label("По", exact=True).fill("2026-11-25")
    anna.get_by_role("button", name="Подготовить").click()
    anna.get_by_label("Предложения").fill("Второй исполнитель по дорогам.")
    anna.get_by_role("button", name="Сохранить").click()
    expect(anna.get_by_text("Сохранено.")).to_be_visible()
    look(anna, "memo-draft")
    anna.get_by_text("Отправить…").click()
    anna.get_by_role("button", name="Отправить", exact=True).click()
    expect(anna.get_by_role("heading", name="Служебная записка № 1-2026")).to_be_visible()
    gleb.goto(root)
    gleb.get_by_role("link", name="Служебная записка № 1-2026").click()
    expect(gleb.get_by_text("Возражение: Подрядчик молчал до вечера.")).to_be_visible()
    gleb.get_by_role("button", name="Прочитано").click()
    gleb.get_by_text("Решение…").click()
    gleb.get_by_label("Что сделать").fill("Назвать второго исполнителя")
    gleb.get_by_label("Кому", exact=True).select_option(str(desk.ids["boris"]))
    gleb.get_by_label("К какому времени").fill("2026-12-01T12:00")
    look(gleb, "memo-decision")
    gleb.get_by_role("button", name="Поставить на контроль").click()
    expect(gleb.get_by_text("Решение записано и стоит на контроле.")).to_be_visible()
    boris.goto(f"{root}/instructions")
    boris.get_by_role("link", name="Поручение").first.click()
    boris.get_by_label("Что сделано").fill("Назначена Лидия Журавлёва")
    boris.get_by_role("button", name="Доложить").click()
    anna.goto(f"{root}/reports/memos")
    expect(anna.get_by_text("доложено, ждёт решения")).to_be_visible()
    look(anna, "memo-register")
