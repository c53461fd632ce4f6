"""A user's sessions: each with its time, address and browser; the user can end the others."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.login.views import browser_words
from osm.models import Event, WebSession
from tests.cast import browser_of

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
YANDEX = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 YaBrowser/25.8 Mobile "
    "Safari/537.36"
)


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def logged_in(app, login, address, agent):
    browser = app.test_client()
    data = {"csrf_token": browser.token(), "login": login, "password": f"пароль-{login}"}
    answer = browser.post("/login", data=data, environ_base={"REMOTE_ADDR": address}, headers={"User-Agent": agent})
    assert answer.status_code == 303
    browser.login = login
    return browser


@pytest.fixture
def telephone(app, anna):
    return logged_in(app, "anna", "10.20.30.40", YANDEX)


def listed(browser) -> list[str]:
    """The sessions that can be ended here."""
    return re.findall(r'name="session" value="(\w+)"', browser.get("/sessions").text)


def test_each_is_shown_with_its_time_address_and_browser(app, anna, clock, now, telephone):
    desk = logged_in(app, "anna", "10.20.30.41", FIREFOX)
    shown = desk.get("/sessions").text
    page = plain(shown)
    assert "Firefox, Windows с адреса 10.20.30.41" in page
    assert "Яндекс Браузер, Android с адреса 10.20.30.40" in page
    assert shown.count("this-one") == 1
    assert "сегодня в 9:05" in page
    assert len(listed(desk)) == 2


def test_the_menu_leads_there(anna):
    assert 'href="/sessions"' in anna.get("/").text


def test_one_is_ended_and_the_others_go_on(app, cast, anna, telephone):
    (other,) = listed(anna)
    answer = anna.submit("/sessions/end", {"session": other})
    assert (answer.status_code, answer.location) == (303, "/sessions")
    assert telephone.get("/sessions").status_code == 302
    assert "Больше нигде вход не выполнен" in anna.get("/sessions").text
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.action == "end_own_sessions")).one()
        assert (event.actor_id, event.object_id, event.changes) == (
            cast["anna"], cast["anna"], {"sessions": [1, 0]},
        )  # fmt: skip


def test_all_others_are_ended_at_once(app, cast, anna, boris, telephone):
    third = browser_of(app, cast, "anna")
    assert anna.submit("/sessions/end-others").status_code == 303
    assert "Завершено: 2 сеанса." in anna.get("/sessions").text
    for browser in (telephone, third):
        assert browser.get("/sessions").status_code == 302
    assert boris.get("/sessions").status_code == 200


def test_foreign_and_current_sessions_cannot_be_ended(app, cast, anna, boris):
    with app.app_context():
        hashes = db.session.scalars(select(WebSession.id_hash)).all()
    for one in hashes:
        assert boris.submit("/sessions/end", {"session": one}).status_code == 303
    assert "Этот сеанс уже завершён" in boris.get("/sessions").text
    assert anna.get("/sessions").status_code == 200
    with app.app_context():
        assert db.session.scalars(select(Event).where(Event.action == "end_own_sessions")).all() == []


def test_a_form_without_its_session_ends_nothing(anna, telephone):
    assert anna.submit("/sessions/end").status_code == 400
    assert telephone.get("/sessions").status_code == 200


def test_what_has_expired_is_not_listed(anna, telephone, clock, now):
    clock.set(now + timedelta(hours=11))
    anna.get("/")
    clock.set(now + timedelta(hours=13))
    assert listed(anna) == []


def test_get_ends_nothing_and_strangers_do_not_come_in(anna, client, cast):
    for path in ("/sessions/end", "/sessions/end-others"):
        assert anna.get(path).status_code == 405
    assert client.get("/sessions").status_code == 302


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Windows"),
        (YANDEX, "Яндекс Браузер, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/138.0 Safari/537.36 Edg/138.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/138.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/18.0 Safari/605.1", "Safari, macOS"),
        ("curl/8.0 <script>", "браузер неизвестен"),
        ("", "браузер неизвестен"),
    ],
)
def test_a_browser_in_words(agent, words):
    assert browser_words(agent) == words
