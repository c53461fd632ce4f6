"""PostgreSQL closes the connection during a request: the person reads the truth, done or refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Department
from osm.shell.access import public
from osm.shell.errors import DONE_OR_NOT, HTTP
from osm.shell.requests import see_other

pytestmark = pytest.mark.postgresql


def cut() -> None:
    """End the server's side of this request's connection, as a restart or a network fault would."""
    number = db.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with db.engine.connect() as other:
        assert other.execute(text("SELECT pg_terminate_backend(:number)"), {"number": number}).scalar_one()
        other.commit()


def write() -> None:
    with transaction() as session:
        session.add(Department(name="Связь", short_name="Связь"))


def read() -> None:
    db.session.scalar(select(func.count()).select_from(Department))


def before_writing() -> object:
    read()
    cut()
    write()
    return see_other("/")


def while_writing() -> object:
    with transaction() as session:
        session.add(Department(name="Связь", short_name="Связь"))
        session.flush()
        cut()
        session.add(Department(name="Дороги", short_name="Дороги"))
    return see_other("/")


def at_the_commit() -> object:
    with transaction() as session:
        session.add(Department(name="Связь", short_name="Связь"))
        event.listen(session, "before_commit", lambda _session: cut(), once=True)
    return see_other("/")


def after_the_commit() -> object:
    write()
    read()
    cut()
    read()
    return see_other("/")


def after_the_answer() -> object:
    write()
    read()
    cut()
    return see_other("/done")


def failing_afterwards() -> object:
    read()
    cut()
    raise ZeroDivisionError


def only_reading() -> object:
    read()
    cut()
    read()
    return "page"


@pytest.fixture
def ask(make_app: Callable[..., Flask]) -> Callable[..., object]:
    """`ask(view)`: one request to a view; then how many departments there are."""
    from osm.store.schema import set_up

    app = make_app()
    set_up(app)
    for view in (
        before_writing,
        while_writing,
        at_the_commit,
        after_the_commit,
        after_the_answer,
        only_reading,
        failing_afterwards,
    ):
        app.add_url_rule(f"/{view.__name__}", view.__name__, public(view), methods=["GET", "POST"])

    def request(view: Callable[[], object]) -> tuple[int, str, int]:
        browser = app.test_client()
        if view is only_reading:
            answer = browser.get(f"/{view.__name__}")
        else:
            answer = browser.submit(f"/{view.__name__}", page="/login")
        assert app.test_client().get("/login").status_code == 200  # the next one gets another connection
        with app.app_context():
            return answer.status_code, answer.text, db.session.scalar(select(func.count()).select_from(Department))

    return request


@pytest.mark.parametrize("view", [before_writing, while_writing])
def test_nothing_was_written_and_that_is_said(ask, view):
    status, page, count = ask(view)
    assert (status, count) == (503, 0)
    assert HTTP[503].text in page


def test_a_commit_without_an_answer_is_reported_as_such(ask):
    status, page, _ = ask(at_the_commit)
    assert status == 503
    assert DONE_OR_NOT in page
    assert "Ничего не изменено" not in page


def test_what_was_written_before_is_not_called_undone(ask):
    status, page, count = ask(after_the_commit)
    assert (status, count) == (503, 1)
    assert DONE_OR_NOT in page
    assert "Ничего не изменено" not in page


def test_an_answer_that_is_ready_is_given(ask):
    status, _, count = ask(after_the_answer)
    assert (status, count) == (303, 1)


def test_a_page_that_was_only_looked_at_says_to_repeat(ask):
    status, page, _ = ask(only_reading)
    assert status == 503
    assert HTTP[503].text in page


def test_another_failure_is_reported_although_nothing_can_be_rolled_back(ask):
    status, page, _ = ask(failing_afterwards)
    assert status == 500
    assert HTTP[500].text in page
