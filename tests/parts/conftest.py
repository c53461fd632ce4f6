"""The desk of the tests of this folder: Wednesday, 11:00; Boris, Lidia and Roman have browsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from osm.groups.acts import members
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder
from osm.models import Assignment, Message, Part
from tests.cast import Browser, browser_of
from tests.desk import Desk
from tests.office import at


@pytest.fixture
def lidia(app: Flask, desk: Desk) -> Browser:
    """The browser of Boris' colleague in the same department."""
    return browser_of(app, desk.ids, "lidia")


@pytest.fixture
def roman(app: Flask, desk: Desk) -> Browser:
    """The browser of the executor of the roads department."""
    return browser_of(app, desk.ids, "roman")


@pytest.fixture
def shared(desk: Desk) -> Callable[..., Message]:
    """A message directed at 10:10 to Boris (1) and Roman (2), or to others: `shared(boris=1, lidia=1)`."""

    def make(*, high: bool = False, **numbers: int) -> Message:
        message = desk.incident("25.11 10:05", high=high, text="Яма на Калининской, 12, и не горит фонарь")
        orders = [
            PartOrder(desk.ids[login], number, f"Задание: {login}")
            for login, number in (numbers or {"boris": 1, "roman": 2}).items()
        ]
        now = at("25.11 10:10")
        return routing.route_to_several(message.id, message.version, orders=orders, actor=desk.anna, now=now)

    return make


def row_of(desk: Desk, message: Message, login: str) -> Assignment:
    """The row that asks this person for a part, as it is now."""
    return next(row for row in desk.again(message).assignments if row.executor_id == desk.ids[login])


def sent(desk: Desk, message: Message, login: str, text: str = "Бригада выехала, срок 26 ноября.") -> Part:
    row = row_of(desk, message, login)
    who = {"actor": getattr(desk, login), "now": at("25.11 10:30")}
    return members.submit_part(row.id, row.version, text=text, confirmed=True, **who)


def part_form(desk: Desk, message: Message, login: str, text: str, **more: object) -> dict[str, object]:
    """What the form of the executor's screen sends."""
    row = row_of(desk, message, login)
    return {
        "version": desk.again(message).version,
        "part_version": row.version,
        "assignment_id": row.id,
        "screen": "part",
        "saved_at": "",
        "text": text,
        "confirmed": "1",
        **more,
    }
