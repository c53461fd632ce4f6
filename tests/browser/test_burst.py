"""П.20 in a real browser: a burst is reported with one press, is not read, is passed on by telephone, and ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.transaction import transaction
from osm.jobs.running import run_due
from osm.regulation.words import Post
from osm.urgent.acts.shifts import Given, enter_turns
from tests.control.test_bursts import THEN, write
from tests.desk import Desk

from .test_several_executors import DESK, TELEPHONE, desk, enter, later, look

__all__ = ["desk", "enter", "write"]

pytestmark = pytest.mark.browser


@pytest.fixture
def burst(app: Flask, desk: Desk, clock: FixedClock, write: Callable[..., object]) -> None:
    """Twelve people write of the same cold street within a quarter of an hour. Глеб is the head, Вера is on duty."""
    clock.set(THEN + timedelta(minutes=15))
    with transaction():
        desk.gleb.post, desk.gleb.phone = Post.HEAD, "2-01-01"
        desk.gleb.password_hash = desk.vera.password_hash = desk.boris.password_hash
    duty = Given(desk.ids["vera"], THEN.date(), None, "9:00", "9:00", "8 (000) 000-20-02")
    enter_turns(duty, actor=desk.anna, now=clock.now())
    write(12, place="ул. Калининская, 12")
    run_due(clock.now())


@pytest.mark.usefixtures("burst")
def test_from_a_burst_to_what_was_done(app: Flask, desk: Desk, clock: FixedClock, enter: Callable[..., Page]) -> None:
    anna, gleb = enter("anna", DESK), enter("gleb", TELEPHONE)
    root = anna.url.rstrip("/")

    # One press fills in the report from the burst, a second one sends it; from then on the burst says so.
    anna.goto(f"{root}/reports/bursts")
    anna.get_by_role("link", name="Доложить главе о всплеске: Отопление, улица Калининская").click()
    expect(anna.get_by_label("Что случилось")).to_have_value(
        "Отопление, улица Калининская: 12 сообщений за 2 часа, обычно ни одного.\nПишут: «Когда дадут тепло? № 6»"
    )
    expect(anna.get_by_label("Где")).to_have_value("улица Калининская")
    look(anna, "burst-report")
    anna.get_by_role("button", name="Доложить главе").click()
    expect(anna.get_by_text("Отправлено: доклад стоит у главы")).to_be_visible()
    anna.goto(f"{root}/reports/bursts")
    expect(anna.get_by_role("link", name="Доклад № 1")).to_be_visible()
    look(anna, "bursts-reported")
    gleb.goto(root)
    gleb.get_by_role("link", name="Срочно. Отопление").click()
    expect(gleb.get_by_text("Вера Носова, дежурит")).to_be_visible()

    # He does not read it: the duty officer telephones and writes down what he said.
    later(clock, 16)
    with app.app_context():
        run_due(clock.now())
    vera = enter("vera", TELEPHONE)
    vera.goto(f"{root}/reminders")
    expect(vera.get_by_role("link", name="Срочный доклад не доведён до главы: звоните")).to_be_visible()
    vera.goto(root)
    look(vera, "burst-call-telephone")
    vera.get_by_role("link", name="Срочно. Отопление").click()
    vera.get_by_role("textbox", name="Указание").fill("Собрать управляющие компании к 14 часам.")
    vera.get_by_label("Кому поручено").select_option(str(desk.ids["anna"]))
    vera.get_by_role("button", name="Записать").click()
    expect(vera.get_by_text("Записано: доложено по телефону.")).to_be_visible()
    look(vera, "burst-told-telephone")

    # The curator reports, the head accepts.
    anna.goto(f"{root}/instructions")
    anna.get_by_role("link", name="Поручение").first.click()
    anna.get_by_label("Что сделано").fill("Собрали, тепло дадут к 18:00.")
    anna.get_by_role("button", name="Доложить").click()
    gleb.goto(root)
    gleb.get_by_role("link", name="Принять доклад").click()
    gleb.get_by_role("button", name="Принять", exact=True).click()
    expect(gleb.get_by_text("Принято, контроль снят.")).to_be_visible()

    # The burst and the journal on paper show what has become of it.
    anna.goto(f"{root}/reports/bursts")
    expect(anna.get_by_text("Доложено по телефону").first).to_be_visible()
    anna.goto(f"{root}/reports/urgent/journal")
    expect(anna.get_by_role("cell", name="Собрать управляющие компании к 14 часам.").first).to_be_visible()
    look(anna, "urgent-journal")
