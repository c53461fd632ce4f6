"""In a real browser: a link elsewhere is asked about, a promise added, an answer corrected, a return ticked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.database import db
from osm.models import Promise
from osm.regulation.words import Status
from tests.by_day import by_day
from tests.desk import Desk
from tests.office import at

from .test_promises import approved
from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser

WRONG, RIGHT = "https://ok.ru/group/55/topic/66", "https://vk.com/wall-1_501?reply=21"
both = pytest.mark.parametrize("size", by_day([DESK, TELEPHONE]), ids=["1280", "390"])


@both
def test_from_a_wrong_link_to_a_corrected_one(
    desk: Desk, clock: FixedClock, enter: Callable[..., Page], size: dict[str, int]
) -> None:
    message, page, width = approved(desk, clock), enter("anna", size), size["width"]
    root = page.url.rstrip("/")

    # The link leads to another network; the promise that the answer names is corrected, another is added.
    page.goto(f"{root}/messages/{message.id}/publish")
    page.get_by_label("Ссылка на ответ").fill(WRONG)
    page.get_by_label("Ссылка на ответ").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Одноклассники")
    expect(page.get_by_label("Что обещано")).to_have_count(1)
    page.get_by_label("Что обещано").fill("Засыпать яму")
    page.get_by_role("button", name="Добавить обещание").click()
    expect(page.get_by_label("Что обещано")).to_have_count(2)
    expect(page.get_by_label("Ссылка на ответ")).to_have_value(WRONG)
    expect(page.get_by_label("Что обещано").first).to_have_value("Засыпать яму")
    page.get_by_label("Что обещано").last.fill("Заменить люк")
    page.get_by_label("Когда проверить").last.fill("2026-11-30")
    look(page, f"publishing-promises-{width}")
    page.get_by_role("button", name="Отметить опубликованным").click()
    expect(page.get_by_role("alert")).to_contain_text("ссылка ведёт в сеть «Одноклассники»")
    expect(page.get_by_label("Ссылка на ответ")).to_have_value(WRONG)
    expect(page.get_by_label("Что обещано").last).to_have_value("Заменить люк")
    look(page, f"publishing-asked-{width}")
    page.get_by_role("button", name="Всё равно верно").click()
    expect(page.get_by_role("button", name="Всё равно верно")).to_have_count(0)

    # Some minutes later the right link and time are entered on the card; the old ones stay in the history.
    clock.set(at("25.11 10:30"))
    page.goto(f"{root}/messages/{message.id}")
    page.get_by_role("link", name="Исправить ссылку или время").click()
    form = page.locator("#step-correct_publication")
    expect(form).to_be_visible()
    expect(form.get_by_label("Ссылка на ответ")).to_have_value(WRONG)
    form.get_by_label("Почему").fill("Вставили ссылку из другого окна")
    form.get_by_label("Ссылка на ответ").fill("https://vk.com/wall-2_7?reply=3")
    form.get_by_role("button", name="Исправить").click()
    expect(form.get_by_role("alert")).to_contain_text("на страницу vk.com/wall-2")
    expect(form.get_by_label("Почему")).to_have_value("Вставили ссылку из другого окна")
    look(page, f"correction-asked-{width}")
    form.get_by_label("Ссылка на ответ").fill(RIGHT)
    form.get_by_label("Когда размещён").fill("2026-11-25T10:15")
    form.get_by_role("button", name="Исправить").click()
    expect(page.locator(f'a[href="{RIGHT}"]').first).to_be_visible()
    expect(page.get_by_text(re.compile("прежняя ссылка: https://ok.ru"))).to_be_visible()
    look(page, f"correction-done-{width}")
    rows = desk.again(message).replies[0]
    assert (rows.published_url, rows.published_at) == (RIGHT, at("25.11 10:15"))
    assert sorted(row.words for row in promises()) == ["Заменить люк", "Засыпать яму"]


@both
def test_a_confirmed_link_of_the_correction(
    desk: Desk, clock: FixedClock, enter: Callable[..., Page], size: dict[str, int]
) -> None:
    clock.set(at("25.11 11:00"))
    message, page = desk.in_status(Status.ANSWERED), enter("anna", size)
    page.goto(f"{page.url.rstrip('/')}/messages/{message.id}/publish")
    page.get_by_role("link", name="Исправить ссылку или время").click()
    form = page.locator("#step-correct_publication")
    expect(form).to_be_in_viewport()
    form.get_by_label("Ссылка на ответ").fill(WRONG)
    form.get_by_label("Почему").fill("Ответили в группе района")
    for _ in range(2):
        with page.expect_response(lambda response: "correct-publication" in response.url):
            form.get_by_label("Ссылка на ответ").press("Enter")
        expect(form.get_by_role("alert")).to_contain_text("Одноклассники")
        expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
    form.get_by_role("button", name="Всё равно верно").click()
    expect(page.locator(f'a[href="{WRONG}"]').first).to_be_visible()


@both
def test_the_remarks_of_a_return_are_ticked(
    desk: Desk, clock: FixedClock, enter: Callable[..., Page], size: dict[str, int]
) -> None:
    clock.set(at("25.11 11:00"))
    message, page = desk.in_status(Status.IN_WORK), enter("anna", size)
    desk.submitted(message, "25.11 10:20", "Здравствуйте! Вопрос на контроле.")
    page.goto(f"{page.url.rstrip('/')}/approvals/{message.id}")
    page.locator("#return > summary").click()
    ticked = page.locator("#return input:checked")
    expect(ticked).to_have_count(3)
    look(page, f"return-ticked-{size['width']}")
    page.get_by_label("Не назван срок").uncheck()
    page.get_by_role("button", name="Вернуть на доработку").click()
    expect(page.get_by_role("button", name="Вернуть на доработку")).to_have_count(0)
    remarks = desk.again(message).replies[0].drafts[0].remarks
    assert "меры" in remarks
    assert "срок" not in remarks


def promises() -> list[Promise]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Promise)))
