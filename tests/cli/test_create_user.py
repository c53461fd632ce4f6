"""`osm create-user`: an account from the command line; the password is never an argument. `osm reset-second-factor`."""

from __future__ import annotations

import pyotp
import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.login.acts.second_factor import offered_secret, turn_on
from osm.models import Department, Event, SecondFactor, User
from osm.regulation.words import Role


def create(app, *arguments: str, password: str = "яблоко-река-7"):
    runner = app.test_cli_runner()
    return runner.invoke(args=["osm", "create-user", *arguments, "--password-stdin"], input=f"{password}\n")


def test_the_new_person_can_log_in(app, client):
    roles = ("--role", "executor", "--role", "moderator")
    done = create(app, "Petr", "--name", "Пётр  Ким", *roles, "--department", "ЖКХ")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "«petr» создана" in done.stderr
    assert client.log_in("petr", "яблоко-река-7").status_code == 303
    with app.app_context():
        user = db.session.scalars(select(User)).one()
        assert (user.name, user.roles, user.department.name) == ("Пётр Ким", {Role.EXECUTOR, Role.MODERATOR}, "ЖКХ")
        assert "яблоко" not in user.password_hash
        assert user.password_hash.startswith("$argon2id$")
        assert not user.is_demo


def test_a_password_for_the_first_log_in_opens_only_the_page_where_it_is_changed(app, client):
    create(app, "admin", "--name", "Администратор", "--role", "admin", "--must-change")
    assert client.log_in("admin", "яблоко-река-7").status_code == 303
    assert client.get("/admin").location == "/password"


def test_a_namesake_is_made_and_named(app, cast):
    done = create(app, "ezhov", "--name", "Ежов Борис", "--role", "executor")
    assert done.exit_code == 0
    assert "«boris»" in done.stderr


def test_a_department_that_is_there_is_used_by_its_short_name_too(app):
    create(app, "petr", "--name", "Пётр", "--role", "executor", "--department", "Управление ЖКХ")
    create(app, "ivan", "--name", "Иван", "--role", "executor", "--department", "Управление  ЖКХ ")
    with app.app_context():
        assert len(db.session.scalars(select(Department)).all()) == 1


def test_the_login_can_be_taken_once(app, cast):
    done = create(app, "anna", "--name", "Другая Анна", "--role", "curator")
    assert done.exit_code == 1
    assert "уже занят" in done.stderr
    with app.app_context():
        assert db.session.scalars(select(User.name).where(User.login == "anna")).all() == ["Анна Ларина"]


@pytest.mark.words
@pytest.mark.parametrize("password", ["", "short", "demo-petr", "petr", "x" * 201])
def test_a_weak_password_is_refused_and_not_stored(app, password):
    done = create(app, "petr", "--name", "Пётр", "--role", "executor", password=password)
    assert done.exit_code == 1
    assert "парол" in done.stderr.lower()
    with app.app_context():
        assert db.session.scalars(select(User)).all() == []


@pytest.mark.words
@pytest.mark.parametrize("login", ["п", "пётр", "a b", "-x", "a"])
def test_an_impossible_login_is_refused(app, login):
    done = create(app, "--name", "Пётр", "--role", "executor", "--", login)
    assert done.exit_code in (1, 2)
    with app.app_context():
        assert db.session.scalars(select(User)).all() == []


@pytest.mark.words
@pytest.mark.parametrize(
    "arguments",
    [
        ["petr", "--role", "executor"],
        ["petr", "--name", "Пётр"],
        ["petr", "--name", "Пётр", "--role", "king"],
        ["petr", "--name", "Пётр", "--role", "system"],
        ["--name", "Пётр", "--role", "executor"],
    ],
)
def test_a_bad_call_is_status_2(app, arguments):
    assert create(app, *arguments).exit_code == 2


def test_a_name_of_spaces_is_refused(app):
    assert create(app, "petr", "--name", "  ", "--role", "head").exit_code == 1


def test_the_last_administrator_who_has_lost_all_is_helped_on_the_server(app, cast, client, now):
    runner = app.test_cli_runner()
    for words, login in (("не найдена", "nobody"), ("Второго фактора у сотрудника нет", "dina")):
        refused = runner.invoke(args=["osm", "reset-second-factor", login])
        assert refused.exit_code == 1
        assert words in refused.stderr
    with app.app_context():
        secret = offered_secret("seed")
        turn_on(secret, pyotp.TOTP(secret).at(now), actor=db.session.get_one(User, cast["dina"]), now=now)
    done = runner.invoke(args=["osm", "reset-second-factor", " Dina "])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "«dina» сброшен" in done.stderr
    assert client.log_in("dina", "пароль-dina").location == "/admin"
    with app.app_context():
        assert db.session.scalars(select(SecondFactor)).all() == []
        event = db.session.scalars(select(Event).where(Event.action == "reset_second_factor")).one()
        assert (event.actor_id, event.object_id) == (None, cast["dina"])
