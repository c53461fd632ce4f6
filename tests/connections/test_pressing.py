"""A button is pressed while the network is down or slow: nothing changes, the page says so soon, others can work."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from sqlalchemy import select, text

from osm.base.database import db
from osm.models import Account
from osm.outbox.acts import asking
from tests.by_day import by_day
from tests.cast import browser_of
from tests.emulators.serving import Trouble
from tests.emulators.vk import KEYS

GIVEN = {"network": "vk", "id": "200000001", "title": "", "publish": "ask", "moderate": "auto"}
ENTRY = {
    "title": "Администрация", "body": "Администрация округа", "state": "active", "unit": "Центр", "phone": "8 000",
    "act": "Решение", "url": "https://vk.com/club200000001",
}  # fmt: skip
ALL = {f"key-{name}": key for name, key in KEYS.items()}
DOWN = {
    "the connection ends": Trouble.CUT_BEFORE,
    "an error of the server": Trouble.SERVER_ERROR,
    "a page of its own": Trouble.HTML,
    "silence": Trouble.SILENT,
    "headers that drip": Trouble.DRIP_HEADERS,
}


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(asking, "PRESS", 2.0)
    monkeypatch.setattr("osm.connectors.transport.LONGEST_PAUSE", 0)
    yield
    with asking._at_a_screen:
        """The last call has ended: the next test may press."""


@pytest.fixture
def page(vk, dina):
    where = dina.submit("/admin/pages", {**GIVEN, **ALL}).location
    assert where == "/admin/pages/1"
    dina.submit("/accounts", ENTRY)
    return where


def stored(app):
    """All that is stored about the page."""
    with app.app_context():
        return dict(db.session.execute(text("SELECT * FROM connection")).mappings().one())


PRESSES = {
    "Проверить": ("/admin/pages/1/check", {}, "Ничего не изменено"),
    "Заменить": (
        "/admin/pages/1/keys",
        {"network": "vk", "version": 1, "key-user": "other-key"},
        "Ключи не сохранены",
    ),
    "Сверить": ("/admin/pages/1/security/look", {}, "Сверить не получилось"),
    "Спросить соцсеть": ("/accounts/1/profile/ask", {}, "Ничего не изменено"),
    "Сохранить": (
        "/admin/pages/1/hearing",
        {"version": 1, "by": "callback", "confirmation": ""},
        "Впишите строку подтверждения сами",
    ),
}


@pytest.mark.parametrize("press", PRESSES, ids=PRESSES)
@pytest.mark.parametrize("trouble", by_day(DOWN.values(), 2), ids=DOWN)
def test_a_network_that_is_down_changes_nothing_and_says_so(app, vk, dina, page, press, trouble):
    where, typed, words = PRESSES[press]
    before = stored(app)
    vk.serving.always = lambda _asked: trouble
    begun = time.monotonic()
    told = dina.submit(where, typed)
    assert time.monotonic() - begun < 10
    assert told.status_code in (409, 422)
    assert "Соцсеть" in told.text or "Связь с соцсетью" in told.text
    assert words in told.text
    assert all(f'value="{value}" selected' in told.text for name, value in typed.items() if name == "by")
    assert stored(app) == before


@pytest.mark.parametrize("code", [6, 9, 10], ids=["asked too often", "a pause", "an inner error"])
def test_a_key_without_an_answer_at_this_moment_removes_no_right(app, vk, dina, page, code):
    before = stored(app)
    vk.refuse["groups.getBanned"].extend([code] * 4)
    assert "Ничего не изменено" in dina.submit(f"{page}/check", {}).text
    assert stored(app) == before


@pytest.mark.parametrize("trouble", DOWN.values(), ids=DOWN)
def test_a_page_of_a_network_that_is_down_is_not_connected(app, vk, dina, trouble):
    vk.serving.always = lambda _asked: trouble
    told = dina.submit("/admin/pages", {**GIVEN, **ALL})
    assert (told.status_code, "Ключи не сохранены" in told.text) == (422, True)
    with app.app_context():
        assert db.session.scalars(select(Account)).all() == []


def test_of_all_that_is_pressed_only_one_waits_for_the_network(app, vk, dina, cast, page, monkeypatch):
    monkeypatch.setattr(asking, "PRESS", 60.0)
    vk.serving.always = lambda _asked: Trouble.SILENT
    asked, told = len(vk.serving.asked), []
    first = Thread(target=lambda: told.append(dina.submit(f"{page}/check", {})))
    first.start()
    while len(vk.serving.asked) == asked:
        time.sleep(0.01)
    other = browser_of(app, cast, "dina")
    for where, typed in [*(press[:2] for press in PRESSES.values()), ("/admin/pages", {**GIVEN, **ALL})]:
        second = other.submit(where, typed)
        assert (second.status_code, "ещё не ответила" in second.text) == (409, True), where
    assert first.is_alive()
    vk.serving.closing.set()  # the silent server ends
    first.join()
    assert "Ничего не изменено" in told[0].text
