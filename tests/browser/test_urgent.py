"""П.20 in a real browser: the head does not read a report, so he is telephoned, and what he asked for is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Instruction, InstructionState
from osm.regulation.words import Post
from osm.urgent.acts import urgent
from tests.desk import Desk

from .test_several_executors import DESK, TELEPHONE, desk, enter, later, look

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser


@pytest.fixture
def head(desk: Desk) -> None:
    """Глеб is the head; everybody here has Boris's password."""
    with transaction():
        desk.gleb.post, desk.gleb.phone = Post.HEAD, "2-01-01"
        desk.gleb.password_hash = desk.boris.password_hash


@pytest.mark.usefixtures("head")
def test_a_report_that_is_not_read_goes_by_telephone(
    app: Flask, desk: Desk, clock: FixedClock, enter: Callable[..., Page]
) -> None:
    message = desk.incident("25.11 10:05", text="Прорвало трубу на Пушкинской, кипяток во дворе школы", high=True)
    gleb = enter("gleb", TELEPHONE)  # his page stays open
    anna = enter("anna", DESK)
    root = anna.url.rstrip("/")

    # One press fills it in, a second sends it.
    anna.goto(f"{root}/messages/{message.id}")
    anna.get_by_role("link", name="Доложить главе").click()
    expect(anna.get_by_label("Что случилось")).to_have_value("Прорвало трубу на Пушкинской, кипяток во дворе школы")
    anna.get_by_label("Где").fill("Пушкинская, у школы № 1")
    look(anna, "urgent-new")
    anna.get_by_role("button", name="Доложить главе").click()
    expect(anna.get_by_text("Отправлено: доклад стоит у главы")).to_be_visible()

    # The head would see it on any page that he opens; this time he does not read it.
    gleb.goto(f"{root}/messages")
    expect(gleb.get_by_role("link", name="Срочно. Прорвало трубу")).to_be_in_viewport()
    look(gleb, "urgent-bar-telephone")
    gleb.get_by_role("link", name="Срочно. Прорвало трубу").click()
    expect(gleb.get_by_role("button", name="Прочитано")).to_be_in_viewport()

    later(clock, 16)
    with app.app_context():
        assert urgent.remind_to_call(clock.now()) == 1
    anna.goto(root)
    expect(anna.get_by_text("не доведено до главы с 10:06: позвоните")).to_be_visible()
    look(anna, "urgent-to-call")
    anna.get_by_role("link", name="Срочно. Прорвало трубу").click()
    anna.get_by_role("textbox", name="Указание").fill("Выехать на место, перекрыть воду.")
    anna.get_by_label("Кому поручено").select_option(str(desk.ids["anna"]))
    look(anna, "urgent-phone")
    anna.get_by_role("button", name="Записать").click()
    expect(anna.get_by_text("указание: Выехать на место, перекрыть воду.")).to_be_visible()

    # The page of the second person was open: it says that the report has been made known.
    gleb.get_by_role("button", name="Прочитано").click()
    expect(gleb.get_by_text("О докладе уже знают, доложено по телефону: Глеб Титов")).to_be_visible()
    look(gleb, "urgent-known-telephone")

    # What he said waits for the curator, who reports.
    anna.goto(root)
    anna.get_by_role("link", name="Доложить").click()
    anna.get_by_label("Что сделано").fill("Воду перекрыли в 10:40, бригада на месте.")
    look(anna, "instruction-report")
    anna.get_by_role("button", name="Доложить").click()
    expect(anna.get_by_text("Доложено: решает тот, кто дал поручение.")).to_be_visible()

    gleb.goto(root)
    look(gleb, "urgent-head-telephone")
    gleb.get_by_role("link", name="Принять доклад").click()
    expect(gleb.get_by_text("Воду перекрыли в 10:40, бригада на месте.").first).to_be_visible()
    gleb.get_by_role("button", name="Принять", exact=True).click()
    expect(gleb.get_by_text("Принято, контроль снят.")).to_be_visible()
    look(gleb, "instruction-done-telephone")

    with app.app_context():
        row = db.session.scalars(db.select(Instruction)).one()
        assert (row.state, row.given_by_id, row.message_id) == (InstructionState.ACCEPTED, desk.ids["gleb"], message.id)
