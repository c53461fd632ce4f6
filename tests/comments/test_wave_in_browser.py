"""In real browsers people decide a spam wave of forty near copies in one action, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from osm.base.database import db
from osm.comments.acts.holds import TOGETHER
from osm.comments.acts.importing import import_comments
from osm.jobs.running import run_due
from osm.models import Comment, Event
from osm.regulation.blacklist import CommentState
from tests.conftest import MORNING
from tests.in_browser import log_in
from tests.likeness.wave import BAIT, DISGUISES, changed

from .conftest import CIVIL, line

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("wave")]

ALL = 40
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def wave(app: Flask, cast: dict[str, int]) -> None:
    """Forty near copies, every fifth disguised, under two posts of two networks, and one comment of a resident."""
    chance, ways = Random(41), list(DISGUISES.values())
    texts = [changed(BAIT, 0.05, chance) if n % 5 else ways[n % len(ways)](BAIT) for n in range(ALL)]
    lines = [
        line(
            id=n,
            text=text,
            network="vk" if n % 2 else "ok",
            post_url=f"https://{'vk.com' if n % 2 else 'ok.ru'}/wall-1_{n % 2}",
            author_id=str(n % 7 + 1),
            author_name=f"Займ Онлайн {n % 7 + 1}",
        )
        for n, text in enumerate(texts, start=1)
    ]
    with app.app_context():
        import_comments([*lines, line(id=99, text=CIVIL, author_id="99")], actor=None, now=MORNING)
        run_due(MORNING)
        run_due(MORNING)


@pytest.fixture
def enter(browser: Browser, live_url: str) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def enter(login: str, viewport: dict[str, int] = DESK, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport=viewport, locale="ru-RU", base_url=live_url, java_script_enabled=scripts, reduced_motion="reduce"
        )
        contexts.append(context)
        return log_in(context.new_page(), live_url, login)

    yield enter
    for context in contexts:
        context.close()


def states(app: Flask) -> list[CommentState]:
    with app.app_context():
        return list(db.session.scalars(db.select(Comment.state).order_by(Comment.id)))


@pytest.mark.parametrize(
    ("viewport", "scripts"), [(DESK, True), (PHONE, True), (DESK, False)], ids=["desk", "telephone", "no scripts"]
)
def test_a_wave_of_forty_is_decided_in_one_action(app, enter, viewport, scripts):
    page = enter("vera", viewport, scripts=scripts)
    page.goto("/moderation")
    first = page.locator("#queue .comment").first
    expect(first).to_contain_text("×40 копий")
    first.get_by_role("link", name="решить все 40").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Рассылка: 40 копий")
    page.get_by_role("button", name="Удалить все 40").click()
    expect(page.locator("body")).to_contain_text("Будет удалено: 40 комментариев.")
    assert states(app) == [CommentState.DELETED] * ALL + [CommentState.WAITING]
    with app.app_context():
        deleted = db.select(db.func.count()).select_from(Event).where(Event.action == "comment_delete")
        assert db.session.scalar(deleted) == ALL
    page.get_by_role("button", name="Отменить все 40").click()
    expect(page.locator("body")).to_contain_text("Решение отменено, снова ждут: 40 комментариев.")
    assert states(app) == [CommentState.WAITING] * (ALL + 1)


def test_going_from_queue_to_group_takes_the_own_comments_along(app, enter):
    page = enter("vera")
    page.goto("/moderation")
    expect(page.locator("#queue .comment")).to_have_count(TOGETHER)
    page.locator("#queue .comment").first.get_by_role("link", name="решить все 40").click()
    expect(page.get_by_role("button", name="Оставить все 40")).to_be_visible()
    other = enter("anna")
    other.goto("/moderation")
    expect(other.locator("#queue .comment")).to_have_count(1)
    page.get_by_role("button", name="Оставить все 40").click()
    expect(page.locator("body")).to_contain_text("Оставлено: 40 комментариев.")
    assert states(app)[:ALL] == [CommentState.KEPT] * ALL


def test_who_leaves_the_group_gives_its_comments_back(app, enter):
    page = enter("vera")
    page.goto("/moderation")
    page.locator("#queue .comment").first.get_by_role("link", name="решить все 40").click()
    expect(page.get_by_role("button", name="Оставить все 40")).to_be_visible()
    with page.expect_response("**/moderation/hold") as renewed:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert len(renewed.value.json()["held"]) == 40
    page.goto("/help")
    other = enter("anna")
    for _ in range(100):  # the browser may send its last word only after the page is left
        other.goto("/moderation")
        if other.locator("#queue .comment").count() == TOGETHER:
            return
    raise AssertionError("still held")
