"""In a real browser with the emulated VK: the author says under the answer that nothing was done; proposed, pressed by
mistake, corrected, confirmed, reopened, counted.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.database import db
from osm.models import Message
from tests.connections.conftest import vk
from tests.desk import Desk
from tests.in_browser import violations

from .test_networks import ASKED, OTHER, decided, ours, prepare, work_after
from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter", "vk", "work_after"]

pytestmark = pytest.mark.browser


def test_not_solved_from_the_comment_to_the_figures(
    vk, desk: Desk, clock: FixedClock, work_after: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    post = vk.world.post("Ремонт дорог")
    vk.world.write(post, OTHER, ASKED)
    work_after(5)
    anna = enter("anna", DESK)
    root = anna.url.rstrip("/")
    anna.goto(f"{root}/moderation")
    decided(anna, anna.get_by_role("listitem").filter(has_text=ASKED).first, "Взять в работу")
    db.session.rollback()
    message = db.session.scalars(db.select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    prepare(message, desk, clock)
    anna.goto(f"{root}/messages/{message.id}/publish")
    anna.get_by_role("button", name="Опубликовать", exact=True).click()
    work_after(61)
    (answer,) = ours(vk)
    work_after(5)

    vk.world.now = int(clock.now().timestamp()) + 60
    vk.world.like(answer["id"], OTHER)
    vk.world.write(post, OTHER, "Ничего не сделали, яма на месте", under=answer["id"])
    work_after(3600)
    anna.goto(root)
    row = anna.locator("[data-row^=offer-]")
    expect(row).to_contain_text("Похоже на «не решено»: подтвердите нажатием")
    look(anna, "after-answer-inbox")
    assert violations(anna) == []
    anna.set_viewport_size(TELEPHONE)
    look(anna, "after-answer-inbox-390")
    row.get_by_role("button", name="Спасибо").click()  # by mistake
    expect(row).to_have_count(0)
    anna.goto(f"{root}/messages/{message.id}")
    expect(anna.get_by_text("Автору понравился ответ,")).to_be_visible()
    expect(anna.get_by_text("После ответа: спасибо")).to_be_visible()
    look(anna, "after-answer-card-390")
    anna.set_viewport_size(DESK)
    look(anna, "after-answer-card")
    anna.get_by_role("button", name="Исправить отметку «спасибо»").click()
    expect(anna.get_by_text("отметка снята: выберите")).to_be_visible()
    anna.get_by_role("button", name="Не решено").click()
    expect(anna.get_by_text("После ответа: не решено")).to_be_visible()
    look(anna, "after-answer-marked")
    assert violations(anna) == []
    anna.get_by_role("button", name="Возобновить работу").click()
    expect(anna.get_by_text("работа возобновлена")).to_be_visible()
    look(anna, "after-answer-reopened")
    anna.goto(f"{root}/reports/tables?from=2026-11-01&to=2026-11-30")
    expect(anna.get_by_text("После ответа: не решено").first).to_be_visible()
    look(anna, "after-answer-figures")
    anna.set_viewport_size(TELEPHONE)
    look(anna, "after-answer-figures-390")
