"""Guessing passwords is slowed down, and the real user still gets in: known browsers and addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.login.acts import attempts
from osm.login.acts.attempts import LIMIT_LOGIN, LIMIT_LOGIN_AND_ADDRESS
from osm.login.views import KNOWN_BROWSERS_COOKIE, MOST_PEOPLE
from osm.models import Event, LoginAttempt
from tests.cast import hire

HOME, AWAY = "10.0.0.1", "10.0.0.2"


def knock(browser, login="anna", password="не-тот", address="203.0.113.7"):
    data = {"csrf_token": browser.token(), "login": login, "password": password}
    return browser.post("/login", data=data, environ_base={"REMOTE_ADDR": address})


def come_in(browser, login="anna", address=HOME):
    return knock(browser, login, f"пароль-{login}", address)


def besiege(app, login="anna"):
    """Twenty tries by strangers from four addresses: after them unknown visitors cannot log in as this user."""
    stranger = app.test_client()
    for number in range(LIMIT_LOGIN):
        assert knock(stranger, login, address=f"203.0.113.{number % 4}").status_code == 401
    assert knock(stranger, login, address="203.0.113.99").status_code == 429


@pytest.fixture
def before(app, cast):
    """Anna's browser: she has logged in from home, and logged out."""
    browser = app.test_client()
    assert come_in(browser).status_code == 303
    assert browser.submit("/logout", page="/password").status_code == 303
    return browser


def test_a_known_browser_is_let_in_from_anywhere(app, before):
    besiege(app)
    assert come_in(before, address=AWAY).status_code == 303


def test_todays_address_is_let_in_and_yesterdays_is_not(app, before, clock, now):
    clock.set(now + timedelta(hours=23, minutes=59))
    besiege(app)
    assert come_in(app.test_client(), address=AWAY).status_code == 429
    clock.set(now + timedelta(days=1))
    assert come_in(app.test_client(), address=HOME).status_code == 429
    clock.set(now + timedelta(hours=23, minutes=59))
    assert come_in(app.test_client(), address=HOME).status_code == 303


def test_one_address_with_many_logins_locks_out_no_known_user(app, before, monkeypatch):
    monkeypatch.setattr(attempts, "LIMIT_ADDRESS", 6)
    for number in range(6):
        knock(app.test_client(), f"user{number}", address=HOME)
    assert come_in(app.test_client(), "boris").status_code == 429
    assert come_in(app.test_client()).status_code == 303
    assert come_in(before).status_code == 303


def test_a_known_browser_has_a_separate_budget(app, before):
    for _ in range(LIMIT_LOGIN_AND_ADDRESS):
        assert knock(before, address=HOME).status_code == 401
    assert come_in(before).status_code == 429
    assert come_in(before, address=AWAY).status_code == 429
    assert come_in(app.test_client()).status_code == 303


def test_so_has_a_known_address(app, before):
    for _ in range(LIMIT_LOGIN_AND_ADDRESS):
        assert knock(app.test_client(), address=HOME).status_code == 401
    assert come_in(app.test_client()).status_code == 429
    assert come_in(before).status_code == 303


def test_her_slips_and_strangers_tries_are_counted_apart(app, before):
    besiege(app)
    for _ in range(LIMIT_LOGIN_AND_ADDRESS - 1):
        assert knock(before, address=HOME).status_code == 401
    assert come_in(before).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(LoginAttempt.browser)).all() == [""] * LIMIT_LOGIN


def test_the_cookie_is_bound_to_the_person(app, before):
    besiege(app, "boris")
    assert come_in(before, "boris", address=AWAY).status_code == 429


@pytest.mark.words
@pytest.mark.parametrize("forged", ["", "x", "W1sxLCJhIl1d", "W1sxLCJhIl1d.AAAA", "ключ"])
def test_a_foreign_cookie_makes_no_browser_known(app, before, forged):
    besiege(app)
    thief = app.test_client()
    thief.set_cookie(KNOWN_BROWSERS_COOKIE, forged)
    assert come_in(thief, address=AWAY).status_code == 429


def test_a_computer_may_be_shared(app, cast):
    shared = app.test_client()
    for login in ("anna", "boris", "vera"):
        assert come_in(shared, login).status_code == 303
    for login in ("anna", "boris", "vera"):
        besiege(app, login)
        assert come_in(shared, login, address=AWAY).status_code == 303
    assert MOST_PEOPLE >= 3


def test_the_cookie_holds_no_secret_and_lives_long(app, cast):
    browser = app.test_client()
    answer = come_in(browser)
    (line,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(KNOWN_BROWSERS_COOKIE)]
    for word in ("HttpOnly", "SameSite=Lax", f"Max-Age={365 * 24 * 3600}"):
        assert word in line
    thief = app.test_client()
    thief.set_cookie(KNOWN_BROWSERS_COOKIE, browser.get_cookie(KNOWN_BROWSERS_COOKIE).value)
    assert thief.get("/password").status_code == 302
    first = browser.get_cookie(KNOWN_BROWSERS_COOKIE).value
    come_in(browser)
    assert browser.get_cookie(KNOWN_BROWSERS_COOKIE).value == first


def test_the_password_page_slows_guesses_as_the_log_in_does(app, anna, client):
    def change(old):
        return anna.submit(
            "/password", {"old_password": old, "password": "сосна-утро-42", "password_again": "сосна-утро-42"}
        )

    for _ in range(LIMIT_LOGIN_AND_ADDRESS):
        assert change("не-тот").status_code == 422
    answer = change("пароль-anna")
    assert answer.status_code == 429
    assert "Слишком много неудачных попыток" in answer.text
    assert come_in(client, address=AWAY).status_code == 303


def test_what_was_tried_on_the_page_counts_at_the_door(app, anna):
    for _ in range(LIMIT_LOGIN_AND_ADDRESS):
        anna.submit("/password", {"old_password": "x", "password": "сосна-утро-42", "password_again": "сосна-утро-42"})
    assert anna.log_in("anna", "пароль-anna").status_code == 429


def test_the_right_old_password_is_no_failure_with_any_new_one(app, anna):
    for _ in range(LIMIT_LOGIN_AND_ADDRESS + 1):
        typed = {"old_password": "пароль-anna", "password": "коротк", "password_again": "коротк"}
        assert anna.submit("/password", typed).status_code == 422
    with app.app_context():
        assert db.session.scalars(select(LoginAttempt)).all() == []


# --- The administrator


def test_the_administrator_sees_who_waits_and_lets_them_in(app, cast, dina):
    besiege(app)
    page = dina.get("/admin/logins").text
    for words in ("Анна Ларина", "203.0.113.0", "и ещё 1", "для всех незнакомых мест"):
        assert words in page
    assert come_in(app.test_client()).status_code == 429
    assert dina.submit(f"/admin/logins/people/{cast['anna']}").status_code == 303
    assert come_in(app.test_client()).status_code == 303
    assert "Никому не приходится ждать" in dina.get("/admin/logins").text
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.action == "lift_throttle")).one()
        assert (event.actor_id, event.object_id) == (cast["dina"], cast["anna"])
        assert event.changes == {"attempts": [LIMIT_LOGIN, 0]}
    assert "снова разрешено входить" in dina.get("/admin/log").text


def test_a_single_place_of_hers_is_shown_as_such(app, cast, dina):
    for _ in range(LIMIT_LOGIN_AND_ADDRESS):
        knock(app.test_client(), address=HOME)
    page = dina.get("/admin/logins").text
    assert "только там, где ошибались" in page
    assert "для всех незнакомых мест" not in page


def test_the_administrator_opens_an_address(app, cast, dina, monkeypatch):
    monkeypatch.setattr(attempts, "LIMIT_ADDRESS", 6)
    monkeypatch.setattr("osm.login.acts.attempts.LIMIT_ADDRESS", 6)
    for number in range(6):
        knock(app.test_client(), f"пароль-{number}", address=HOME)
    page = dina.get("/admin/logins").text
    assert HOME in page
    assert "пароль-3" not in page  # what was typed as a login may be a password
    assert come_in(app.test_client()).status_code == 429
    assert dina.submit("/admin/logins/addresses", {"address": HOME}).status_code == 303
    assert come_in(app.test_client()).status_code == 303
    assert f"адрес: {HOME}" in dina.get("/admin/log").text


def test_what_is_over_is_not_shown(app, cast, dina, clock, now):
    besiege(app)
    clock.set(now + attempts.WINDOW)
    page = dina.get("/admin/logins").text
    assert "Никому не приходится ждать" in page
    assert "Все адреса открыты" in page


def test_lifting_twice_or_for_an_unknown_user_changes_nothing(app, cast, dina):
    assert dina.submit(f"/admin/logins/people/{cast['anna']}").status_code == 303
    assert dina.submit("/admin/logins/people/9999").status_code == 404
    assert dina.submit("/admin/logins/addresses", {"address": "x" * 500}).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Event).where(Event.action == "lift_throttle")).all() == []


@pytest.mark.words
@pytest.mark.parametrize("login", ["anna", "boris", "efim"])
def test_it_is_the_administrators_alone(request, cast, login):
    browser = request.getfixturevalue(login)
    assert browser.get("/admin/logins").status_code == 403
    assert browser.submit(f"/admin/logins/people/{cast['anna']}").status_code == 403


def test_an_office_without_accounts_names_the_command_that_makes_one(app, client, now):
    assert "osm create-user" in client.get("/login").text
    with app.app_context():
        hire(now)
    assert "create-user" not in client.get("/login").text
    assert "create-user" not in knock(client).text
