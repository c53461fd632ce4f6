"""The end of a shift in a real browser: one person writes a note, the next one takes over and sees what is open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.transaction import transaction
from osm.messages.acts import routing
from osm.regulation.words import Status
from tests.desk import Desk
from tests.in_browser import violations
from tests.office import at

from .test_several_executors import DESK, TELEPHONE, desk, enter, later, look

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser


def test_the_day_is_handed_over_and_taken(desk: Desk, clock: FixedClock, enter: Callable[..., Page]) -> None:
    with transaction():
        desk.vera.password_hash = desk.boris.password_hash
    fresh = desk.in_status(Status.NEW)
    desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 17:50"))
    anna, vera = enter("anna", DESK), enter("vera", TELEPHONE)
    root = anna.url.rstrip("/")

    # The curator enters who is on duty tonight.
    anna.goto(f"{root}/duty")
    anna.get_by_label("Кто").select_option(label="Вера Носова")
    anna.get_by_label("Телефон").fill("8 (000) 000-20-02")
    look(anna, "duty-form")
    anna.get_by_role("button", name="Внести").click()
    expect(anna.get_by_role("cell", name="8 (000) 000-20-02")).to_be_visible()
    assert violations(anna) == []
    look(anna, "duty")

    # Her shift ends: what is open is listed, she adds a note.
    anna.get_by_role("link", name="Смена", exact=True).first.click()
    expect(anna.get_by_role("heading", name="Ждут пресс-центра 1")).to_be_visible()
    expect(anna.get_by_role("heading", name="Просрочено у исполнителей 1")).to_be_visible()
    anna.get_by_label("Записка").fill("Котельная обещала перезвонить до 19:00.")
    look(anna, "shift-give")
    anna.get_by_role("button", name="Сдать смену").click()
    expect(anna.get_by_text("Смена сдана.")).to_be_visible()
    expect(anna.get_by_role("button", name="Принять смену")).to_have_count(0)

    # In between one thing is done; the next person sees that and takes the shift.
    routing.route_message(
        fresh.id, fresh.version, executor_id=desk.ids["boris"], task="", actor=desk.anna, now=clock.now()
    )
    later(clock, 15)
    vera.goto(root)
    vera.get_by_role("link", name="Посмотреть и принять").click()
    expect(vera.get_by_text("Котельная обещала перезвонить до 19:00.")).to_be_visible()
    expect(vera.get_by_text("Сейчас открыто 0 из 1.")).to_be_visible()
    assert violations(vera) == []
    look(vera, "shift-take-telephone")
    vera.get_by_role("button", name="Принять смену").click()
    expect(vera.get_by_text("Приняли сегодня в 18:05, Вера Носова.")).to_be_visible()
    vera.goto(root)
    expect(vera.get_by_role("link", name="Посмотреть и принять")).to_have_count(0)
