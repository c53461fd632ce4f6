"""Logging in and out: the form, the throttle, and that the cookie is useless afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.login.acts import attempts, passwords, sessions
from osm.login.views import SESSIONS_COOKIE
from osm.models import Event, LoginAttempt, User, WebSession
from osm.people.acts.users import block_user
from tests.cast import PRODUCT_HASHER, PRODUCT_NOBODY

pytestmark = pytest.mark.usefixtures("cast")

REFUSAL = "Логин или пароль не подошли"


def test_the_right_password_opens_the_page_that_was_asked_for(client):
    asked = client.get("/password?from=mail")
    assert asked.status_code == 302
    assert asked.location == "/login?next=/password?from%3Dmail"
    answer = client.log_in("anna", "пароль-anna", next="/password?from=mail")
    assert (answer.status_code, answer.location) == (303, "/password?from=mail")
    assert "Анна Ларина" in client.get("/password").text


def test_a_login_may_be_typed_with_capitals_and_spaces(client):
    assert client.log_in(" Anna ", "пароль-anna").status_code == 303


@pytest.mark.words
@pytest.mark.parametrize(
    ("login", "password"),
    [("anna", "пароль-boris"), ("nobody", "пароль-anna"), ("", ""), ("anna", ""), ("anna", "x" * 5000)],
)
def test_a_wrong_login_and_a_wrong_password_look_the_same(client, login, password):
    answer = client.log_in(login, password)
    assert answer.status_code == 401
    assert REFUSAL in answer.text
    assert SESSIONS_COOKIE not in answer.headers.get("Set-Cookie", "")


def test_what_was_typed_as_login_stays_and_the_password_does_not(client):
    page = client.log_in("Anna<b>", "не-тот-пароль").text
    assert 'value="Anna&lt;b&gt;"' in page
    assert "не-тот-пароль" not in page


def test_a_form_without_the_token_is_refused(client):
    client.get("/login")
    answer = client.post("/login", data={"login": "anna", "password": "пароль-anna"})
    assert answer.status_code == 400
    assert "Форма устарела" in answer.text


def test_a_browser_without_cookies_gets_a_message(app):
    token = app.test_client().token()
    answer = app.test_client().post("/login", data={"csrf_token": token, "login": "anna", "password": "пароль-anna"})
    assert answer.status_code == 400
    assert "OSM_HTTPS=0" in answer.text


def test_an_unknown_login_costs_as_much_as_a_known_one(client, monkeypatch):
    assert not PRODUCT_HASHER.check_needs_rehash(PRODUCT_NOBODY)  # the same parameters
    checked: list[str] = []

    class Counting:
        def verify(self, stored: str, given: str) -> bool:
            checked.append(stored)
            return False

    monkeypatch.setattr(passwords, "hasher", Counting())
    client.log_in("nobody", "пароль-anna")
    client.log_in("anna", "не-тот")
    assert len(checked) == 2
    assert all(stored.startswith("$argon2id$") for stored in checked)


def test_get_does_not_log_out(anna):
    assert anna.get("/logout").status_code == 405
    assert anna.get("/password").status_code == 200


def test_a_copied_cookie_is_dead_after_logout(app, anna):
    copy = anna.get_cookie(SESSIONS_COOKIE).value
    thief = app.test_client()
    thief.set_cookie(SESSIONS_COOKIE, copy)
    assert thief.get("/password").status_code == 200
    assert anna.submit("/logout").status_code == 303
    assert thief.get("/password").status_code == 302
    assert anna.get_cookie(SESSIONS_COOKIE) is None


def test_the_cookie_is_new_with_each_login_and_the_old_session_ends(app, client, cast):
    client.set_cookie(SESSIONS_COOKIE, "chosen-by-a-stranger")
    client.log_in("anna", "пароль-anna")
    first = client.get_cookie(SESSIONS_COOKIE).value
    assert first != "chosen-by-a-stranger"
    client.submit("/login", {"login": "boris", "password": "пароль-boris"}, page="/password")
    assert client.get_cookie(SESSIONS_COOKIE).value != first
    with app.app_context():
        assert db.session.scalars(select(WebSession.user_id)).all() == [cast["boris"]]


def test_the_csrf_token_of_before_the_login_is_worth_nothing_after_it(client):
    token = client.token()
    client.post("/login", data={"csrf_token": token, "login": "anna", "password": "пароль-anna"})
    assert client.post("/logout", data={"csrf_token": token}).status_code == 400


def test_neither_is_the_token_put_back_together_with_its_cookie(client, anna):
    """As an attacker could who can set another's cookies: one of before the login, or one of another login."""
    before = client.token("/login"), client.get_cookie("osm_form").value
    client.log_in("boris", "пароль-boris")
    of_boris = client.token("/password"), client.get_cookie("osm_form").value
    for token, cookie in (before, of_boris):
        anna.set_cookie("osm_form", cookie)
        assert anna.post("/logout", data={"csrf_token": token}).status_code == 400
    assert anna.submit("/logout", page="/password").status_code == 303


def test_the_cookie_is_for_http_only_and_this_site_only(client):
    answer = client.log_in("anna", "пароль-anna")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(SESSIONS_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # plain http in development
    assert "Expires" not in cookie


def test_the_table_holds_only_a_hash_of_the_cookie(app, anna):
    with app.app_context():
        stored = db.session.scalars(select(WebSession.id_hash)).one()
    assert stored == sessions.hash_token(anna.get_cookie(SESSIONS_COOKIE).value)
    assert stored != anna.get_cookie(SESSIONS_COOKIE).value


def test_an_idle_session_ends_and_a_used_one_continues(anna, boris, clock, now):
    clock.set(now + timedelta(hours=11))
    assert anna.get("/password").status_code == 200
    clock.set(now + timedelta(hours=12, minutes=1))
    assert anna.get("/password").status_code == 200
    assert boris.get("/password").status_code == 302


def test_polls_do_not_keep_a_session_alive(anna, clock, now):
    for hours in range(1, 12):
        clock.set(now + timedelta(hours=hours))
        assert anna.htmx("/nav/badges", method="GET").status_code == 200
    clock.set(now + timedelta(hours=12))
    assert anna.htmx("/nav/badges", method="GET").status_code == 401


def test_a_blocked_person_is_out_at_once_and_stays_out(app, anna, client, cast, now):
    with app.app_context():
        block_user(cast["anna"], 1, now=now, actor=None)
    assert anna.get("/password").status_code == 302
    answer = client.log_in("anna", "пароль-anna")
    assert answer.status_code == 401
    assert REFUSAL in answer.text


@pytest.mark.words
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil.example",
        "",
        "/ok\n/evil",
    ],
)
def test_after_login_no_redirect_leads_elsewhere(client, target):
    assert client.log_in("anna", "пароль-anna", next=target).location == "/"


# --- Throttle


def fail(client, login, times, address="10.0.0.1"):
    for _ in range(times):
        data = {"csrf_token": client.token(), "login": login, "password": "не-тот"}
        answer = client.post("/login", data=data, environ_base={"REMOTE_ADDR": address})
    return answer


def attempt(client, login, address="10.0.0.1"):
    data = {"csrf_token": client.token(), "login": login, "password": f"пароль-{login}"}
    return client.post("/login", data=data, environ_base={"REMOTE_ADDR": address})


@pytest.mark.parametrize("login", ["anna", "nobody"])
def test_five_failures_make_one_wait_whether_the_login_exists_or_not(client, login):
    assert fail(client, login, 5).status_code == 401
    answer = fail(client, login, 1)
    assert answer.status_code == 429
    assert "Подождите 15 мин." in answer.text


def test_while_one_waits_even_the_right_password_is_not_looked_at(client, clock, now):
    fail(client, "anna", 5)
    clock.set(now + timedelta(minutes=14, seconds=59))
    assert attempt(client, "anna").status_code == 429
    clock.set(now + timedelta(minutes=15))
    assert attempt(client, "anna").status_code == 303


def test_a_stranger_elsewhere_does_not_at_once_lock_anna_out(client):
    fail(client, "anna", 6, address="10.0.0.66")
    assert attempt(client, "anna", address="10.0.0.1").status_code == 303


def test_many_addresses_together_are_stopped(client):
    for number in range(4):
        fail(client, "anna", 5, address=f"10.0.1.{number}")
    assert attempt(client, "anna", address="10.0.0.1").status_code == 429
    assert attempt(client, "boris", address="10.0.0.1").status_code == 303


def test_one_address_that_tries_many_logins_is_stopped(client, monkeypatch):
    monkeypatch.setattr(attempts, "LIMIT_ADDRESS", 6)
    for number in range(6):
        fail(client, f"user{number}", 1)
    assert attempt(client, "anna").status_code == 429
    assert attempt(client, "anna", address="10.0.0.2").status_code == 303


def test_success_forgets_the_failures_of_this_place(app, client):
    fail(client, "anna", 4)
    attempt(client, "anna")
    with app.app_context():
        assert db.session.scalars(select(LoginAttempt)).all() == []


def test_the_log_names_who_came_in(app, client, cast):
    attempt(client, "anna")
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.action == "log_in")).one()
        assert event.actor_id == cast["anna"]
        assert db.session.get(User, event.actor_id).login == "anna"
