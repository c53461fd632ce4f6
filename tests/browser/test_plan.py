"""The plan in a real browser: a week by keyboard alone; news from a telephone to the post in the emulated network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.models import PlanText, Publication
from osm.outbox.acts import rounds
from osm.pages.acts.connecting import connect_page
from osm.plan.acts import outgoing, posting
from tests.by_day import by_day
from tests.desk import Desk
from tests.emulators.vk import KEYS, vk_network
from tests.waiting import becomes

from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser


def tab_to(page: Page, selector: str) -> None:
    """With the Tab key alone; fails if the key never gets there."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the key does not reach {selector}")


def days() -> dict[str, int]:
    db.session.rollback()
    return {row.title: row.day.day for row in db.session.scalars(db.select(Publication))}


def test_a_week_is_planned_by_keyboard_alone(app: Flask, desk: Desk, enter: Callable[..., Page]) -> None:
    anna = enter("anna", DESK)
    anna.goto(f"{anna.url.rstrip('/')}/plan")
    for title in ("Каток", "Ёлка"):
        tab_to(anna, ".idea-menu > summary")
        anna.keyboard.press("Enter")
        expect(anna.locator("#idea-title")).to_be_focused()
        anna.keyboard.type(title)
        anna.keyboard.press("Enter")
        expect(anna.locator(".plan-title", has_text=title)).to_be_visible()
    assert days() == {"Каток": 25, "Ёлка": 25}
    tab_to(anna, ".plan-row > a")
    anna.keyboard.press("ArrowDown")
    expect(anna.locator(".plan-row > a", has_text="Ёлка")).to_be_focused()
    anna.keyboard.press("Shift+ArrowRight")
    expect(anna.locator("[data-day='2026-11-26'] .plan-row > a", has_text="Ёлка")).to_be_focused()
    anna.keyboard.press("ArrowLeft")
    expect(anna.locator(".plan-row > a", has_text="Каток")).to_be_focused()
    anna.keyboard.press("Shift+ArrowDown")
    expect(anna.locator("[data-day='2026-12-02'] .plan-row > a", has_text="Каток")).to_be_focused()
    assert days() == {"Каток": 2, "Ёлка": 26}
    look(anna, "plan-week")
    anna.keyboard.press("Enter")
    expect(anna.get_by_role("heading", name="Каток", level=1)).to_be_visible()


def test_a_refused_idea_stays_in_its_field_beside_the_reason(desk: Desk, enter: Callable[..., Page]) -> None:
    anna = enter("anna", DESK)
    anna.goto(f"{anna.url.rstrip('/')}/plan")
    for _ in range(2):
        tab_to(anna, ".idea-menu > summary")
        anna.keyboard.press("Enter")
        expect(anna.locator("#idea-title")).to_be_focused()
        anna.keyboard.type("Каток")
        anna.keyboard.press("Enter")
        expect(anna.locator(".plan-title", has_text="Каток")).to_be_visible()
    expect(anna.locator("#notices")).to_contain_text("уже записана")
    expect(anna.locator("#idea-title")).to_be_visible()
    expect(anna.locator("#idea-title")).to_have_value("Каток")


def test_news_goes_from_a_telephone_to_the_network(
    app: Flask, desk: Desk, clock: FixedClock, enter: Callable[..., Page], tmp_path: Path
) -> None:
    with vk_network(limits=False) as vk:
        vk.world.now = int(clock.now().timestamp())
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={**kept.network_urls, "vk": vk.base})
        connect_page("vk", str(vk.world.group), KEYS, actor=desk.anna, now=clock.now())
        photo = tmp_path / "lamp.jpg"
        Image.new("RGB", (800, 600), "teal").save(photo)

        boris = enter("boris", TELEPHONE)
        boris.goto(f"{boris.url.rstrip('/')}/plan/news")
        boris.get_by_label("Что произошло").fill("Заменили лампы на Калининской")
        boris.locator("#files").set_input_files(photo)
        boris.get_by_role("button", name="Отправить").click()
        expect(boris.get_by_text("Ждёт пресс-центра")).to_be_visible()
        look(boris, "plan-news-telephone")

        anna = enter("anna", DESK)
        anna.goto(f"{anna.url.rstrip('/')}/plan/news")
        anna.get_by_role("button", name="Взять в план").click()
        anna.get_by_label("Текст", exact=False).first.fill("На Калининской снова светло: вчера заменили лампы.")
        anna.get_by_role("button", name="Согласовать").click()
        anna.get_by_role("button", name="Опубликовать сейчас").click()
        expect(anna.get_by_text("Программа опубликует сама")).to_be_visible()
        look(anna, "plan-card")
        db.session.rollback()
        clock.set(clock.now() + timedelta(seconds=65))  # «Опубликовать сейчас» is taken back for a minute
        posting.run_posts(clock.now())
        rounds.run("this process", clock.now(), WHOLE)
        assert [one["text"] for one in vk.world.posts.values()] == [
            "На Калининской снова светло: вчера заменили лампы."
        ]
        assert len(vk.world.photos) == 1
        boris.reload()
        expect(boris.get_by_role("link", name="ВКонтакте")).to_be_visible()
        app.extensions["osm"].settings = kept


def typed_there() -> str:
    """What the server has of the text being typed."""
    db.session.rollback()
    return db.session.scalar(db.select(PlanText.text)) or ""


@pytest.mark.parametrize("size", by_day([DESK, TELEPHONE]), ids=["1280", "390"])
def test_a_closed_tab_loses_nothing_of_the_editor(
    app: Flask, desk: Desk, clock: FixedClock, enter: Callable[..., Page], size: dict[str, int]
) -> None:
    with vk_network(limits=False) as vk:
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={**kept.network_urls, "vk": vk.base})
        connect_page("vk", str(vk.world.group), KEYS, actor=desk.anna, now=clock.now())
        app.extensions["osm"].settings = kept
    row = outgoing.add_idea("Каток", clock.now().date(), actor=desk.anna, now=clock.now())
    anna = enter("anna", size)
    here = f"{anna.url.rstrip('/')}/plan/{row.id}"
    anna.goto(here)
    anna.get_by_label("О чём").fill("Открытие катка")
    anna.locator("#text").fill("Завтра открываем каток.")
    anna.locator("input[name=pages]").uncheck()
    becomes(anna, lambda: bool(typed_there()) and '"pages"' not in typed_there(), True)
    expect(anna.locator("#saved")).to_contain_text("сохранено")
    look(anna, f"plan-editor-{size['width']}")
    other = anna.context.new_page()
    anna.close(run_before_unload=False)
    other.goto(here)
    expect(other.get_by_text("вы печатали и не сохранили")).to_be_visible()
    expect(other.get_by_label("О чём")).to_have_value("Открытие катка")
    expect(other.locator("#text")).to_have_value("Завтра открываем каток.")
    expect(other.locator("input[name=pages]")).not_to_be_checked()
    look(other, f"plan-editor-again-{size['width']}")
    # Left before the first save: the browser itself keeps the text.
    other.locator("#text").press("Control+End")
    other.keyboard.type(" Приходите!")
    other.once("dialog", lambda dialog: dialog.accept())
    other.reload()
    expect(other.locator("#text")).to_have_value("Завтра открываем каток. Приходите!")


@pytest.mark.parametrize("size", by_day([DESK, TELEPHONE]), ids=["1280", "390"])
def test_rarer_things_are_behind_one_button_within_the_screen(
    desk: Desk, enter: Callable[..., Page], size: dict[str, int]
) -> None:
    anna = enter("anna", size)
    anna.goto(f"{anna.url.rstrip('/')}/plan")
    tab_to(anna, ".more-menu > summary")
    anna.keyboard.press("Enter")
    entry = anna.get_by_role("link", name="Памятные даты")
    expect(entry).to_be_visible()
    box = entry.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    anna.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    anna.keyboard.press("Enter")
    tab_to(anna, ".more-menu a[href='/plan/dates']")
    anna.keyboard.press("Enter")
    expect(anna.get_by_role("heading", name="Памятные даты", level=1)).to_be_visible()
