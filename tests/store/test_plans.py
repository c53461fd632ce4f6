"""The index that the database uses where reading the rows of all years would take longer every year."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import event, select

from osm.base.database import db
from osm.base.transaction import WHOLE, in_background
from osm.base.types import Span
from osm.flow.acts.clocks import in_force
from osm.imports.queries import editions
from osm.jobs.lanes import CLOCKS, JOBS
from osm.messages.acts.entry import known_authors
from osm.models import Comment, User
from osm.outbox.acts import sending
from osm.regulation.words import Status
from osm.reminders.acts import due, mailing
from osm.reminders.queries import unseen
from osm.reports.queries.counting import EVERYTHING, read_clocks
from osm.threads import acts as threads
from tests.databases import POSTGRESQL
from tests.desk import NOW
from tests.office import VLADIVOSTOK
from tests.statements import planned
from tests.web.routes import ROUTES

UNHURRIED = "enable_seqscan = off, enable_bitmapscan = off, enable_hashagg = off, enable_sort = off"
"""PostgreSQL reads a table of one page from end to end: what it does with a large one is asked for."""

UNKNOWN = "UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE relnamespace = 'public'::regnamespace"
"""As if the tables were new: of one that was emptied PostgreSQL may take any index. It is rolled back."""


def plan_of(ask: Callable[[], Any]) -> str:
    """How the database finds the answer to the one question that `ask` sends."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    [(statement, values)] = asked
    on_server = db.engine.dialect.name == POSTGRESQL
    with db.engine.connect() as connection:
        if on_server:
            for setting in UNHURRIED.split(", "):
                connection.exec_driver_sql(f"SET LOCAL {setting}")
            connection.exec_driver_sql(UNKNOWN)
        rows = connection.exec_driver_sql(f"EXPLAIN {'' if on_server else 'QUERY PLAN '}{statement}", values).all()
    return "\n".join(row[-1] for row in rows)


def test_messages_that_wait_for_the_source_are_counted_among_what_waits(app):
    with app.app_context():
        plan = plan_of(editions.count_messages_not_in_source)
    assert "ix_reply_message_not_in_source" in plan


def test_clocks_of_some_days_are_found_along_the_days(app, now):
    """By the state alone SQLite would read all clocks that were ever met."""
    week = Span(now.date() - timedelta(days=7), now.date(), VLADIVOSTOK)
    with app.app_context():
        plan = plan_of(lambda: read_clocks(week, now, EVERYTHING))
    assert "ix_deadline_ended" in plan
    assert "ix_deadline_breached" in plan


def test_authors_are_found_by_network_and_address_together_and_never_one_by_one_in_a_list(app):
    """PostgreSQL would compare a list of values with every author of the network, one value after the other."""
    with app.app_context():
        plan = plan_of(lambda: known_authors([("vk", f"https://vk.com/id{number}") for number in range(50)]))
        on_server = db.engine.dialect.name == POSTGRESQL
    assert ("uq_author_profile" if on_server else "(network=? AND profile_url=?)") in plan
    assert "ANY" not in plan


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda: db.session.scalar(due.reminds_after(500)), "INTEGER PRIMARY KEY"),
        (lambda: list(mailing._due(NOW, current_app.extensions["osm"].settings)), "ix_reminder_to_mail"),
        (lambda: mailing.settle_interrupted(NOW), "ix_reminder_to_mail"),
        (lambda: db.session.scalar(select(unseen(1, NOW))), "ix_reminder_unseen"),
    ],
    ids=["log", "letters", "interrupted", "bell"],
)
def test_what_is_asked_every_second_or_with_every_page_goes_along_its_index(app, ask, index):
    with app.app_context():
        if db.engine.dialect.name == POSTGRESQL and index == "INTEGER PRIMARY KEY":
            index = "pk_event"
        in_force()  # sends a query itself
        plan = plan_of(ask)
        # Of an emptied table PostgreSQL may take the other index of a person's reminders as well.
        assert index in plan or (index == "ix_reminder_unseen" and "ix_reminder_recipient" in plan)


def test_what_waits_before_an_act_is_not_sought_among_all_that_waits(app):
    """For each of thousands that wait SQLite would read them all: seconds in every round."""
    with app.app_context():
        plan = plan_of(lambda: db.session.execute(sending.due(NOW)).all())
    assert "outbox_action_1 USING INDEX ix_outbox_action_state" not in plan


@pytest.mark.sqlite
def test_no_page_makes_sqlite_plan_a_statement_each_time(app, desk, request):
    """A code that is handed over, in a condition that an index of some rows serves, would: see `is_code`."""
    desk.in_status(Status.ON_APPROVAL)
    people = {login: db.session.get_one(User, desk.ids[login]).own_roles for login in ("anna", "dina", "boris", "gleb")}
    again = {}
    for route in ROUTES:
        login = next((one for one, roles in people.items() if not route.access or route.access & roles), None)
        if login is None or "GET" not in route.methods or route.rule == "/readyz":
            continue  # the last one asks for the schema, which is planned each time
        browser, path = request.getfixturevalue(login), re.sub(r"<[^>]+>", "1", route.rule)
        with planned(app) as times:
            browser.get(path)
            browser.get(path)
        again[path] = [statement for statement, number in times.items() if number > 1]
    assert {path: statements for path, statements in again.items() if statements} == {}


@pytest.mark.sqlite
@pytest.mark.parametrize("job", [job for job in JOBS if job.lane is CLOCKS], ids=lambda job: job.name)
def test_no_clock_makes_sqlite_plan_a_statement_each_time(app, cast, now, job):
    with app.app_context(), planned(app) as times, in_background():
        for _ in range(3):
            job.run(now, WHOLE)
    assert [statement for statement, number in times.items() if number >= 3] == []


@pytest.mark.sqlite
def test_no_comment_that_comes_makes_sqlite_plan_a_statement_again(app, cast, now):
    came = Comment(network="vk", external_id="-1_2", thread_key="-1_1", author_id=1)
    with app.app_context(), planned(app) as times, db.session.no_autoflush:
        for _ in range(3):
            threads.join_comment(came, now)
            threads.note_of_author(came, now)
    assert [statement for statement, number in times.items() if number >= 3] == []
