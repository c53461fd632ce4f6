"""П.14 in a real browser: three executors in order, remarks, a common answer, published."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from osm.base.application import FixedClock
from osm.models import Message
from tests.desk import Desk, furnish
from tests.in_browser import log_in
from tests.office import at
from tests.waiting import Held

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 900}
TELEPHONE = {"width": 390, "height": 844}
ROADS = "Яму на Калининской засыпали 24 ноября, подрядчик ООО «Дорожник»."
HOUSING = "Фонарь у дома 12 электрики МУП «Горсвет» заменят до 27 ноября."
BETTER = "Фонарь у дома 12 электрики МУП «Горсвет» заменят 26 ноября, лампа уже закуплена."
MEANS = "Проезд к дому расчистили 25 ноября."
LINK = "https://vk.com/wall-1_501?reply=14"


@pytest.fixture
def desk(app: Flask, cast: dict[str, int], clock: FixedClock) -> Iterator[Desk]:
    """Two more executors; everybody has Boris's password."""
    from osm.base.transaction import transaction

    clock.set(at("25.11 10:06"))
    with app.app_context():
        office = furnish(cast)
        with transaction():
            for login in ("lidia", "roman"):
                getattr(office, login).password_hash = office.boris.password_hash
        yield office


@pytest.fixture
def enter(browser: Browser, desk: Desk, live_url: str) -> Iterator[Callable[..., Page]]:
    """Log a person in, in a new browser; any complaint of the browser fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def enter(login: str, viewport: dict[str, int] = TELEPHONE) -> Page:
        context = browser.new_context(viewport=viewport, locale="ru-RU", timezone_id="Asia/Vladivostok")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return log_in(page, live_url, login, password="пароль-anna" if login == "anna" else "пароль-boris")

    yield enter
    for context in contexts:
        context.close()
    assert complaints == []


def look(page: Page, name: str) -> None:
    """Save a screenshot for people to look at: OSM_TEST_PICTURES names a folder."""
    if folder := os.environ.get("OSM_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def later(clock: FixedClock, minutes: int) -> None:
    clock.set(clock.now() + timedelta(minutes=minutes))


def send_part(page: Page, words: str) -> None:
    page.get_by_label("Что сообщить куратору").fill(words)
    page.get_by_role("button", name="Отправить информацию").click()
    expect(page.get_by_text("информация отправлена куратору")).to_be_visible()


def test_three_executors_in_order_and_a_common_answer(
    desk: Desk, clock: FixedClock, enter: Callable[..., Page]
) -> None:
    message = desk.incident("25.11 10:05", text="Яма на Калининской, 12, не горит фонарь и не расчищен проезд")
    root = (anna := enter("anna", DESK)).url.rstrip("/")

    # Анна directs it to three: the roads and the housing department at once, then once more housing.
    anna.goto(f"{root}/messages/{message.id}")
    anna.get_by_role("link", name="Направить нескольким").click()
    anna.get_by_role("button", name="Ещё один исполнитель").click()
    expect(anna.get_by_role("group", name="Исполнитель 3")).to_be_visible()
    anna.wait_for_load_state()  # a script asks for the terms while she chooses
    for n, (who, order, task) in enumerate(
        (
            ("Роман Соболев (Дороги)", "1", "Когда засыпали яму?"),
            ("Борис Ежов (ЖКХ)", "1", "Кто заменит фонарь?"),
            ("Лидия Журавлёва (ЖКХ)", "2", "Что с проездом?"),
        ),
        start=1,
    ):
        row = anna.get_by_role("group", name=f"Исполнитель {n}")
        row.get_by_label("Исполнитель").select_option(label=who)
        row.get_by_label("Очередь").fill(order)
        row.get_by_label("Задание").fill(task)
    anna.get_by_role("group", name="Исполнитель 3").get_by_label("Срок").select_option(label="45 мин")
    expect(anna.locator("#times")).to_contain_text("очередь 2 — до")
    anna.get_by_role("button", name="Ещё один исполнитель").click()
    expect(anna.get_by_role("group", name="Исполнитель 4")).to_be_visible()
    expect(anna.get_by_role("group", name="Исполнитель 2").get_by_label("Задание")).to_have_value("Кто заменит фонарь?")
    look(anna, "route-several")
    anna.get_by_role("button", name="Направить", exact=True).click()
    expect(anna.get_by_text("Направлено нескольким исполнителям")).to_be_visible()
    look(anna, "card-after-routing")

    # Лидия's turn has not come; Роман and Борис write at the same time, Борис on his telephone.
    roman, boris, lidia = enter("roman"), enter("boris"), enter("lidia")
    expect(lidia.get_by_role("link", name="Отправить информацию")).to_have_count(0)
    later(clock, 10)
    for page in (roman, boris):
        page.goto(root)
        page.get_by_role("link", name="Отправить информацию").click()
    expect(boris.get_by_text("Кто заменит фонарь?")).to_be_visible()
    boris.get_by_label("Что сообщить куратору").press_sequentially("Фонарь")
    expect(boris.get_by_text("сохранено")).to_be_visible()
    boris.reload()
    expect(boris.get_by_label("Что сообщить куратору")).to_have_value("Фонарь")
    look(boris, "part-telephone")
    send_part(roman, ROADS)
    send_part(boris, HOUSING)

    # Now it is Лидия's turn, with 45 minutes; she sees what the others have sent.
    later(clock, 5)
    lidia.goto(root)
    lidia.get_by_role("link", name="Отправить информацию").click()
    expect(lidia.get_by_text(ROADS)).to_be_visible()
    expect(lidia.get_by_text(HOUSING)).to_be_visible()
    look(lidia, "part-with-others")

    # Анна returns Борис' information; he corrects it. Лидия sends hers.
    anna.goto(f"{root}/messages/{message.id}/common")
    part = anna.locator(".part").filter(has_text="Борис Ежов")
    part.locator("summary", has_text="Вернуть на доработку").click()
    part.get_by_label("Что исправить").fill("Назовите день")
    part.get_by_role("button", name="Вернуть на доработку").click()
    expect(anna.get_by_text("Возвращено с замечаниями: Борис Ежов")).to_be_visible()
    boris.goto(root)
    boris.get_by_role("link", name="Отправить информацию").click()
    expect(boris.get_by_text("Назовите день")).to_be_visible()
    look(boris, "part-returned")
    send_part(boris, BETTER)
    send_part(lidia, MEANS)

    # «Свести ответ»: she types the greeting and puts each part at the caret.
    later(clock, 5)
    anna.goto(root)
    anna.get_by_role("link", name="Свести ответ").click()
    editor = anna.get_by_label("Сводный ответ", exact=True)
    editor.wait_for()
    anna.wait_for_load_state()  # a script inserts the parts
    editor.fill("Здравствуйте, Мария! Спасибо, что написали.")
    editor.press("End")
    for who in ("Роман Соболев", "Борис Ежов", "Лидия Журавлёва"):
        anna.get_by_role("button", name=re.compile(f"Вставить в ответ: {who}")).click()
    expect(editor).to_have_value(
        "\n\n".join(("Здравствуйте, Мария! Спасибо, что написали.", ROADS, BETTER, MEANS)),
    )
    expect(editor).to_be_focused()
    expect(anna.locator(".part").filter(has_text="Лидия Журавлёва")).to_contain_text(MEANS)
    expect(anna.locator("#saved")).to_contain_text("сохранено")
    look(anna, "common")
    anna.set_viewport_size(TELEPHONE)
    look(anna, "common-telephone")
    anna.set_viewport_size(DESK)
    anna.get_by_role("button", name="Согласовать и опубликовать").click()
    anna.get_by_label("Ссылка на ответ").fill(LINK)
    anna.get_by_role("button", name="Отметить опубликованным").click()
    expect(anna.get_by_role("button", name="Отметить опубликованным")).to_have_count(0)
    anna.goto(f"{root}/messages/{message.id}")
    expect(anna.get_by_text("Ответ дан").first).to_be_visible()
    assert "нарушен" not in anna.inner_text("main").lower(), "every term was kept"
    look(anna, "card-answered")
    again: Message = desk.again(message)
    assert [row.order_no for row in again.assignments] == [1, 1, 2]


def test_the_order_is_changed_while_it_runs(desk: Desk, clock: FixedClock, enter: Callable[..., Page]) -> None:
    from osm.messages.acts import routing
    from osm.messages.acts.executors import PartOrder

    message = desk.incident("25.11 10:05")
    orders = [PartOrder(desk.ids["boris"], 1), PartOrder(desk.ids["roman"], 2)]
    routing.route_to_several(message.id, message.version, orders=orders, actor=desk.anna, now=clock.now())
    anna = enter("anna")
    anna.goto(f"{anna.url.rstrip('/')}/messages/{message.id}/executors")
    row = anna.get_by_role("group", name=re.compile("Борис"))
    expect(row.get_by_text("необязательно")).to_have_count(1)  # the task; there is always a term
    assert below_border(row), "on a telephone the border runs through the name"
    row.get_by_label("Очередь").fill("3")
    look(anna, "arrange-telephone")
    anna.get_by_role("button", name="Сохранить порядок и сроки").click()
    expect(anna.get_by_role("group", name=re.compile("Роман"))).to_contain_text("готовит информацию")
    expect(anna.get_by_role("group", name=re.compile("Борис"))).to_contain_text("ждёт очереди")
    anna.get_by_text("Снять", exact=True).first.click()
    anna.get_by_role("button", name="Снять", exact=True).first.click()
    expect(anna.get_by_text("Исполнитель снят")).to_be_visible()


def test_one_more_row_comes_while_the_terms_are_checked(desk: Desk, enter: Callable[..., Page]) -> None:
    message = desk.incident("25.11 10:05", text="Яма на Калининской, 12")
    anna = enter("anna", DESK)
    anna.goto(f"{anna.url.rstrip('/')}/messages/{message.id}/executors")
    rows = Held(anna, "**/executors/rows")
    with anna.expect_response("**/executors/times"):
        anna.get_by_role("group", name="Исполнитель 1").get_by_label("Исполнитель").select_option(index=1)
        anna.get_by_role("button", name="Ещё один исполнитель").click()
    rows.let_go()
    expect(anna.get_by_role("group", name="Исполнитель 3")).to_be_visible()


def below_border(row: Locator) -> bool:
    """Whether the legend of a fieldset starts below the fieldset's upper edge."""
    return bool(row.evaluate("row => row.querySelector('legend').offsetTop > row.offsetTop + 4"))
