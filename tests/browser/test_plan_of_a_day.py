"""A day of the plan in a real browser: a server that slept, a task of the krai, a post outside the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, time

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.models import Account, KraiTask, Publication
from osm.outbox.acts import rounds
from osm.pages.acts.connecting import connect_page
from osm.plan.acts import outgoing, planning, posting
from osm.plan.acts.outgoing import Written
from osm.plan.rules import PlanAct
from tests.by_day import by_day
from tests.desk import Desk
from tests.emulators.vk import KEYS, Vk, vk_network
from tests.office import at

from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser

both = pytest.mark.parametrize("size", by_day([TELEPHONE, DESK]), ids=["390", "1280"])
NOON, TODAY = at("25.11 12:00"), date(2026, 11, 25)
TEXT = "Завтра в 12:00 открываем каток на площади."


@pytest.fixture
def vk(app: Flask, desk: Desk, clock: FixedClock) -> Iterator[Vk]:
    """The page of the office, connected; people look at its wall in the afternoon."""
    with vk_network(limits=False) as network:
        network.world.now = int(NOON.timestamp())
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={**kept.network_urls, "vk": network.base})
        connect_page("vk", str(network.world.group), KEYS, actor=desk.anna, now=clock.now())
        yield network
        app.extensions["osm"].settings = kept


def planned(desk: Desk, late: int) -> int:
    """A publication of Анна's that is to go out at noon."""
    now = at("25.11 10:10")
    row = outgoing.add_idea("Открытие катка", TODAY, actor=desk.anna, now=now)
    pages = list(db.session.scalars(db.select(Account.id)))
    written = Written("Открытие катка", TEXT, pages=pages)
    outgoing.save(row.id, row.version, written, then=PlanAct.APPROVE, actor=desk.anna, now=now)
    planning.set_time(row.id, row.version, TODAY, time(12), late_minutes=late, schedule=True, actor=desk.anna, now=now)
    return row.id


def wake(clock: FixedClock, now: str) -> None:
    """The worker runs again."""
    db.session.rollback()
    clock.set(at(now))
    posting.run_posts(clock.now())
    rounds.run("this process", clock.now(), WHOLE)
    posting.run_posts(clock.now())


@both
def test_a_server_that_slept_within_the_term_sends_it_with_a_word(
    desk: Desk, clock: FixedClock, vk: Vk, enter: Callable[..., Page], size: dict[str, int]
) -> None:
    number = planned(desk, late=60)
    wake(clock, "25.11 12:50")
    anna = enter("anna", size)
    anna.goto(f"{anna.url.rstrip('/')}/plan/{number}")
    expect(anna.locator(".plan-badge").first).to_have_text("Опубликовано")
    expect(anna.get_by_text("выходит с опозданием: программа была выключена")).to_be_visible()
    expect(anna.get_by_role("link", name="Запись в соцсети")).to_be_visible()
    assert [one["text"] for one in vk.world.posts.values()] == [TEXT]
    look(anna, f"plan-late-{size['width']}")


@both
def test_after_the_term_it_waits_for_its_author(
    desk: Desk, clock: FixedClock, vk: Vk, enter: Callable[..., Page], size: dict[str, int]
) -> None:
    number = planned(desk, late=15)
    wake(clock, "25.11 12:50")
    assert vk.world.posts == {}
    anna = enter("anna", size)
    anna.goto(f"{anna.url.rstrip('/')}/plan")
    expect(anna.locator(".plan-state")).to_have_text("Не вышло")
    anna.get_by_role("link", name="Открытие катка").click()
    expect(anna.get_by_text("Опоздать можно было меньше")).to_be_visible()
    look(anna, f"plan-too-late-{size['width']}")
    anna.get_by_label("Время").fill("14:00")
    anna.get_by_role("button", name="Запланировать").click()
    expect(anna.get_by_text("Программа опубликует сама")).to_be_visible()
    wake(clock, "25.11 14:00")
    anna.goto(f"{anna.url.split('/plan')[0]}/plan/{number}")
    expect(anna.locator(".plan-badge").first).to_have_text("Опубликовано")
    assert [one["text"] for one in vk.world.posts.values()] == [TEXT]


@both
def test_a_task_of_the_krai_is_reported_in_one_press(
    desk: Desk, clock: FixedClock, vk: Vk, enter: Callable[..., Page], size: dict[str, int]
) -> None:
    anna = enter("anna", size)
    root = anna.url.rstrip("/")
    anna.goto(f"{root}/plan/tasks")
    anna.get_by_label("О чём").fill("День Конституции")
    anna.get_by_label("Текст, который нужно разместить").fill("Друзья, с Днём Конституции!")
    anna.get_by_label("Разместить до").fill("2026-11-25T12:00")
    anna.get_by_label("Кто дал и как").fill("Департамент, чат")
    anna.get_by_role("button", name="Записать").last.click()
    expect(anna.get_by_role("heading", name="День Конституции", level=1)).to_be_visible()
    expect(anna.get_by_text("Отчёт соберётся сам")).to_be_visible()
    look(anna, f"task-open-{size['width']}")
    anna.get_by_role("link", name="Разместить и отметить").click()
    anna.get_by_role("button", name="Опубликовать сейчас").click()
    wake(clock, "25.11 10:15")
    anna.goto(f"{root}/plan/tasks")
    anna.get_by_role("link", name="День Конституции").click()
    report = anna.locator("#krai-report")
    expect(report).to_contain_text("«День Конституции» — размещено:")
    expect(report).to_contain_text("https://vk.com/wall-200000001_")
    anna.get_by_role("button", name="Доложено").click()
    expect(anna.locator(".plan-badge", has_text="Доложено")).to_be_visible()
    expect(anna.get_by_role("button", name="Доложено")).to_have_count(0)
    look(anna, f"task-reported-{size['width']}")
    db.session.rollback()
    task = db.session.scalars(db.select(KraiTask)).one()
    assert task.report.count("https://vk.com/") == 1
    assert task.reported_by.login == "anna"


@both
def test_a_post_outside_the_plan_is_in_the_week_and_counted(
    desk: Desk, clock: FixedClock, vk: Vk, enter: Callable[..., Page], size: dict[str, int]
) -> None:
    vk.world.post("Воду на Будника дадут к вечеру, аварию устранили.")
    clock.set(at("25.11 13:00"))
    posting.run_past_plan(clock.now(), WHOLE)
    anna = enter("anna", size)
    root = anna.url.rstrip("/")
    anna.goto(f"{root}/plan")
    row = anna.locator(".plan-row", has_text="Воду на Будника")
    expect(row).to_contain_text("Мимо плана")
    expect(anna.locator(".plan-total")).to_contain_text("1 из 10")
    look(anna, f"plan-past-week-{size['width']}")
    anna.goto(f"{root}/plan?view=month")
    expect(anna.locator(".plan-row", has_text="Воду на Будника")).to_contain_text("Мимо плана")
    look(anna, f"plan-past-month-{size['width']}")
    anna.get_by_role("link", name="Воду на Будника").click()
    expect(anna.get_by_text("Этой записи в плане не было")).to_be_visible()
    expect(anna.locator("main textarea")).to_have_count(0)
    look(anna, f"plan-past-card-{size['width']}")
    db.session.rollback()
    assert db.session.scalars(db.select(Publication.state)).all() == ["found"]
