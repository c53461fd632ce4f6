"""The office, and the shortest way to checked comments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from osm.base.database import db
from osm.check.acts import verdicts
from osm.comments.acts.importing import CommentReport, import_comments
from osm.models import Comment
from tests.conftest import MORNING
from tests.in_browser import log_in
from tests.office import Office, at, hire
from tests.waiting import stop_timers

from .browsing import UNEXPECTED, settled

NOW = at("25.11 09:05")

RUDE = "Вы там все сволочи, когда дорогу сделаете?"
CIVIL = "Когда включат отопление на Лесной, 4?"
SPAM = "Займ без отказа за 5 минут, переходите по ссылке http://zaim.example/go"
THREAT = "Встретимся у подъезда, глава, ноги тебе переломаю"


@pytest.fixture
def office(app) -> Iterator[Office]:
    with app.app_context():
        yield hire()


Add = Callable[..., list[Comment]]


@pytest.fixture
def add(app) -> Add:
    """`add(text, …, author="7", network="vk")` imports comments, lets the worker check them, returns their rows."""
    numbers = count(1)

    def store(*texts: str, author: str = "7", **fields: object) -> list[Comment]:
        with app.app_context():
            ids = [f"-1_{next(numbers)}" for _ in texts]
            lines = [
                line(id=number, text=text, author_id=author, **fields) for number, text in zip(ids, texts, strict=True)
            ]
            report = read(*lines)
            assert report.created == len(texts), report.rejected
            verdicts.read_due_comments(NOW)
        return [the(number) for number in ids]

    return store


def line(**fields: object) -> bytes:
    """One line of the file; `line(text=None)` leaves a field out."""
    whole = {
        "id": "-1_2",
        "network": "vk",
        "post_url": "https://vk.com/wall-1_1",
        "author_id": "7",
        "author_name": "Пётр С.",
        "published_at": "2026-11-24T17:42:00+10:00",
        "text": CIVIL,
        **fields,
    }
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def read(*lines: bytes) -> CommentReport:
    return import_comments(lines, actor=None, now=NOW)


def the(external_id: str) -> Comment:
    """The comment as it is stored now."""
    db.session.rollback()
    return db.session.scalars(
        db.select(Comment).where(Comment.external_id == external_id).execution_options(populate_existing=True)
    ).one()


@pytest.fixture
def put(app, cast) -> Callable[..., None]:
    def store(*texts: str) -> None:
        with app.app_context():
            lines = [line(id=f"-1_{place}", text=text) for place, text in enumerate(texts, start=1)]
            import_comments(lines, actor=None, now=MORNING)
            verdicts.read_due_comments(MORNING)

    return store


@pytest.fixture
def queue(page: Page, live_url: str, put) -> Callable[..., Page]:
    """The moderator's queue with these comments; what the browser complains of fails the test."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if UNEXPECTED.search(said.text) else None)

    def opened(*texts: str) -> Page:
        put(*texts)
        log_in(page, live_url, "vera", "/moderation")
        expect(page.locator(".comment.is-current")).to_have_count(1)
        settled(page)
        stop_timers(page)  # «Отменить» is offered for ten seconds, which a busy machine may take for a press
        return page

    yield opened
    assert found == []
