"""Refusals and failures: one Russian answer, as a page, a fragment for htmx or JSON."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache

import psycopg
import pytest
from flask import Flask, abort
from sqlalchemy import create_engine
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from osm import create_app
from osm.base.application import FixedClock
from osm.base.errors import NotFound, NotYours, TextChangedElsewhere
from osm.login import views as login_views
from osm.regulation.errors import CalendarOutOfRange, MissingInput, StaleVersion, TransitionNotAllowed
from osm.regulation.words import Action, Role, Status
from osm.shell.access import public
from osm.shell.errors import DOMAIN, HTTP
from tests.databases import let_go

TROUBLES = {
    "transition": TransitionNotAllowed(Status.ANSWERED, Action.ROUTE, {Role.CURATOR}),
    "stale": StaleVersion(3, 4),
    "missing": MissingInput("remarks", "Напишите, что исправить."),
    "calendar": CalendarOutOfRange(datetime(2099, 1, 1, tzinfo=UTC)),
    "absent": NotFound(),
    "not-yours": NotYours("Это сообщение ведёт другой исполнитель."),
    "elsewhere": TextChangedElsewhere("прежний текст"),
}
BUSY = {
    "deadlock": OperationalError("UPDATE message", {}, psycopg.errors.DeadlockDetected("deadlock detected")),
    "cancelled": OperationalError("SELECT 1", {}, psycopg.errors.QueryCanceled("canceling statement")),
    "gone": InternalError("SELECT 1", {}, Exception("connection lost"), connection_invalidated=True),
    "crowded": NoFreeConnection("QueuePool limit of size 8 overflow 8 reached"),
}
STATUS = {
    "transition": 409,
    "stale": 409,
    "missing": 422,
    "calendar": 422,
    "absent": 404,
    "not-yours": 403,
    "elsewhere": 409,
}


def raise_it(kind: str):
    if kind == "bug":
        raise ZeroDivisionError("текст сообщения гражданина")
    if kind == "locked":
        raise OperationalError("UPDATE message", {}, Exception("database is locked"))
    if kind in BUSY:
        raise BUSY[kind]
    if kind == "stopped":
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            create_engine(f"postgresql+psycopg://osm@127.0.0.1:{unused.getsockname()[1]}/osm").connect()
    if kind.isdigit():
        abort(int(kind))
    raise TROUBLES[kind]


@pytest.fixture(scope="module")
def _troubled() -> Iterator[Callable[[Flask], Flask]]:
    with ExitStack() as stack:

        @cache
        def made(app: Flask) -> Flask:
            other = create_app(app.extensions["osm"].settings, FixedClock(app.extensions["osm"].clock.now()))
            other.test_client_class = app.test_client_class
            other.add_url_rule("/trouble/<kind>", "trouble", public(raise_it), methods=["GET", "POST"])
            stack.callback(let_go, other)
            return other

        yield made


@pytest.fixture
def troubled(app: Flask, _troubled: Callable[[Flask], Flask]) -> Flask:
    """The same application with views that fail on demand, made once for this file."""
    return _troubled(app)


@pytest.mark.words
@pytest.mark.parametrize("kind", TROUBLES)
def test_a_refusal_of_the_product_is_shown_in_its_own_words(troubled, kind):
    answer = troubled.test_client().get(f"/trouble/{kind}")
    assert answer.status_code == STATUS[kind]
    assert str(TROUBLES[kind]) in answer.text
    assert "<html" in answer.text


@pytest.mark.words
@pytest.mark.parametrize("kind", TROUBLES)
def test_htmx_gets_a_fragment_for_the_region_of_notices(troubled, kind):
    answer = troubled.test_client().get(f"/trouble/{kind}", headers={"HX-Request": "true"})
    assert answer.status_code == STATUS[kind]
    assert answer.headers["HX-Retarget"] == "#notices"
    assert answer.headers["HX-Reswap"] == "innerHTML"
    assert str(TROUBLES[kind]) in answer.text
    assert "<html" not in answer.text


@pytest.mark.words
@pytest.mark.parametrize("kind", TROUBLES)
def test_programs_get_json(troubled, kind):
    answer = troubled.test_client().get(f"/trouble/{kind}", headers={"Accept": "application/json"})
    assert answer.status_code == STATUS[kind]
    assert answer.json == {"error": str(TROUBLES[kind]), "kind": type(TROUBLES[kind]).__name__}


@pytest.mark.words
@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 415, 429, 500, 503])
def test_every_status_has_russian_words(troubled, status):
    answer = troubled.test_client().get(f"/trouble/{status}")
    assert answer.status_code == status
    assert HTTP[status].title in answer.text
    assert HTTP[status].text in answer.text


def test_a_status_without_words_borrows_them(troubled):
    answer = troubled.test_client().get("/trouble/418")
    assert answer.status_code == 418
    assert HTTP[400].text in answer.text


def test_a_bug_is_a_numbered_page_and_a_log_line_without_text(troubled, caplog):
    with caplog.at_level(logging.ERROR):
        answer = troubled.test_client().get("/trouble/bug")
    assert answer.status_code == 500
    assert HTTP[500].text in answer.text
    record = next(record for record in caplog.records if record.getMessage() == "unhandled error")
    assert record.request in answer.text
    assert "гражданина" not in answer.text
    assert "Traceback" not in answer.text


def test_the_page_of_a_failure_asks_nothing_of_the_database(troubled, cast, monkeypatch):
    browser = troubled.test_client()
    browser.log_in("anna", "пароль-anna")
    page = browser.get("/trouble/500").text
    assert "Анна" not in page
    assert 'class="top-nav"' not in page


@pytest.mark.parametrize("kind", ["locked", "deadlock", "cancelled", "gone", "crowded", "stopped"])
def test_a_busy_database_asks_to_repeat(troubled, kind):
    answer = troubled.test_client().get(f"/trouble/{kind}")
    assert answer.status_code == 503
    assert "повторите через минуту" in answer.text


def test_the_log_says_why_the_database_did_not_answer(troubled, caplog):
    with caplog.at_level(logging.WARNING):
        for kind in ("deadlock", "stopped"):
            troubled.test_client().get(f"/trouble/{kind}")
    deadlock, stopped = (record.why for record in caplog.records if record.getMessage() == "database busy")
    assert deadlock == "40P01"
    assert "127.0.0.1" in stopped


TYPED = "Здравствуйте! Котёл на Калининской запустили вчера в 21:00, тепло во всех подъездах."


def test_a_refused_form_gives_the_typed_text_back(troubled):
    browser = troubled.test_client()
    answer = browser.submit("/trouble/stale", {"text": f"<b>{TYPED}", "version": "3", "password": "x" * 20})
    assert f"&lt;b&gt;{TYPED}" in answer.text
    assert "x" * 20 not in answer.text
    assert browser.token() not in answer.text.split("<main")[1]


def test_typed_text_comes_back_where_the_database_is_away(anna, monkeypatch):
    def away(*_given: object, **_more: object) -> None:
        raise_it("stopped")

    token = anna.token()
    monkeypatch.setattr(login_views, "find_session", away)
    answer = anna.post("/messages/new", data={"text": TYPED, "csrf_token": token})
    assert answer.status_code == 503
    assert TYPED in answer.text


def test_a_form_from_before_the_login_gives_the_typed_text_back(client, cast, anna):
    answer = anna.post("/password", data={"csrf_token": "старый", "text": TYPED})
    assert answer.status_code == 400
    assert "Форма устарела" in answer.text
    assert TYPED in answer.text


def test_an_ended_session_returns_the_typed_text_and_a_log_in(client, cast):
    answer = client.post("/password", data={"text": TYPED}, headers={"Referer": "http://localhost/password?a=1"})
    assert answer.status_code == 401
    assert TYPED in answer.text
    assert '<input type="hidden" name="next" value="/password?a=1">' in answer.text


def test_an_unknown_address_is_a_page_for_everybody(client, anna):
    for browser in (client, anna):
        answer = browser.get("/no-such-page")
        assert answer.status_code == 404
        assert "Страница не найдена" in answer.text


@pytest.mark.parametrize("address", ["/messages/{}", "/files/{}", "/files/{}/small", "/approvals/{}", "/imports/{}"])
def test_a_number_that_fits_into_no_column_is_an_unknown_address(anna, address):
    for number in (2**31, 10**20):
        assert anna.get(address.format(number)).status_code == 404


def test_a_number_within_a_column_reaches_the_screen(anna):
    assert "Сообщение не найдено" in anna.get(f"/messages/{2**31 - 1}").text


def test_what_is_too_large_is_refused_in_words(app, anna, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    answer = anna.submit("/password", {"old_password": "x" * 2000})
    assert answer.status_code == 413
    assert "Файл слишком большой" in answer.text


def test_every_error_of_the_product_has_a_status():
    from osm.base import errors as services
    from osm.regulation import errors as regulation

    for module in (regulation, services):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == module.__name__:
                assert any(base in DOMAIN for base in kind.__mro__), kind


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_a_boosted_link_and_the_back_button_get_a_page(troubled, header):
    answer = troubled.test_client().get("/trouble/404", headers={"HX-Request": "true", header: "true"})
    assert "<html" in answer.text
