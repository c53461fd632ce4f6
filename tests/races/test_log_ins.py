"""Log-ins at the same time: all of one person from one address succeed; of guesses no more than the budget."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.login.acts.attempts import LIMIT_LOGIN_AND_ADDRESS, TooManyAttempts
from osm.login.acts.second_factor import CodeRefused, offered_secret, turn_on
from osm.login.acts.sessions import LoginRefused, find_session, log_in, pass_code
from osm.models import LoginAddress, User, WebSession

pytestmark = pytest.mark.usefixtures("cast")

TOGETHER = 8


def at_once(app, now, password: str) -> list[str]:
    """The results of several log-ins that begin together."""
    gate = Barrier(TOGETHER)

    def try_it(_number: int) -> str:
        with app.app_context():
            gate.wait()
            try:
                log_in("anna", password, "10.0.0.1", now=now)
            except (LoginRefused, TooManyAttempts) as error:
                return type(error).__name__
            return "in"

    with ThreadPoolExecutor(TOGETHER) as people:
        return list(people.map(try_it, range(TOGETHER)))


def test_one_person_logs_in_in_many_windows(app, now):
    # The first log-in makes the address known; before its row exists eight log-ins insert it at once.
    found = [result for _ in range(3) for result in at_once(app, now, "пароль-anna")]
    assert set(found) <= {"in", "TooManyAttempts"}
    assert found.count("in") >= LIMIT_LOGIN_AND_ADDRESS
    with app.app_context():
        assert db.session.scalars(select(LoginAddress.address)).all() == ["10.0.0.1"]
        assert len(db.session.scalars(select(WebSession)).all()) == found.count("in")


def test_guesses_at_once_have_the_budget_of_one_after_another(app, now):
    assert at_once(app, now, "не-тот").count("LoginRefused") == LIMIT_LOGIN_AND_ADDRESS
    assert set(at_once(app, now, "пароль-anna")) == {"TooManyAttempts"}


@pytest.mark.parametrize("on_paper", [False, True], ids=["telephone", "paper"])
def test_of_two_who_type_the_same_code_at_once_one_gets_in(app, cast, now, on_paper):
    with app.app_context():
        secret = offered_secret("seed")
        telephone, anna = pyotp.TOTP(secret), db.session.get_one(User, cast["anna"])
        paper = turn_on(secret, telephone.at(now - timedelta(seconds=30)), actor=anna, now=now)
        code = paper[0] if on_paper else telephone.at(now)
        together = 4
        tokens = [log_in("anna", "пароль-anna", f"10.0.0.{number}", now=now) for number in range(together)]
    gate = Barrier(together)

    def try_it(number: int) -> bool:
        with app.app_context():
            gate.wait()
            try:
                return find_session(pass_code(tokens[number], code, f"10.0.0.{number}", now=now), now=now) is not None
            except CodeRefused:
                return False

    with ThreadPoolExecutor(together) as people:
        assert list(people.map(try_it, range(together))).count(True) == 1
