"""PostgreSQL learns of a table that has grown or changed before its own round comes; SQLite is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text, update

from osm.extensions import db
from osm.store.many_rows import write_rows
from osm.store.models import Author, Comment, Event
from osm.store.schema import set_up
from osm.store.statistics import FIFTIETH, LEAST_ROWS, clear_away, keep_up, prefer_indexes
from osm.store.transaction import transaction
from tests.databases import POSTGRESQL

AT = datetime(2026, 11, 25, 0, 5, tzinfo=UTC)
MANY = 10_000
"""Rows that fill more than the least number of pages."""


@pytest.fixture
def app(make_app):
    """On a database of its own: in one that tests share, tables are as large as others have left them."""
    made = make_app()
    set_up(made)
    return made


def store(count: int) -> None:
    with transaction():
        write_rows(Event, [{"at": AT, "action": "look", "changes": {"a": [1, None]}}] * count)


def store_authors() -> None:
    with transaction():
        write_rows(Author, [{"network": "vk", "name": f"Житель {n}", "profile_url": None} for n in range(MANY)])


def rename_all() -> None:
    with transaction() as session:
        session.execute(update(Author).values(name=Author.name + "ев"))
        session.execute(text("SELECT pg_stat_force_next_flush()"))  # counted with the commit, not within a second


def test_a_table_is_looked_at_each_time_it_has_doubled(app, backend):
    looked_at = ["event"] if backend == POSTGRESQL else []
    with app.app_context():
        store(3)
        assert keep_up(Event) == [], "a small table needs no knowledge"
        store(MANY)
        assert keep_up(Comment, Event) == looked_at, "the empty table of comments is left alone"
        store(MANY // 2)
        assert keep_up(Comment, Event) == [], "half as many again is near enough"
        store(MANY)
        assert keep_up(Comment, Event) == looked_at


def test_the_planner_knows_afterwards_how_many_rows_and_values_there_are(app, backend):
    if backend != POSTGRESQL:
        return
    with app.app_context():
        store_authors()
        keep_up(Author)
        of_author = text(
            "SELECT attname, n_distinct FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'author'"
        )
        values = dict(db.session.execute(of_author).tuples().all())
        assert (values["network"], values["name"]) == (1, -1)
        known = db.session.scalar(text("SELECT reltuples FROM pg_class WHERE oid = 'author'::regclass"))
        assert known == MANY


@pytest.mark.parametrize(
    ("changed", "share", "cleared"),
    [
        (MANY // 5, 5, True),
        (MANY // 5 - 1, 5, False),
        (MANY // 8, 5, False),
        (MANY // 8, FIFTIETH, True),
        (LEAST_ROWS - 1, FIFTIETH, False),
    ],
)
def test_outdated_rows_are_cleared_away_when_they_are_so_large_a_share(app, backend, changed, share, cleared):
    with app.app_context():
        store(MANY)
        keep_up(Event)
        assert clear_away(Event, changed, share) is (cleared and backend == POSTGRESQL)


def test_what_the_server_has_counted_itself_is_cleared_away_too(app, backend):
    if backend != POSTGRESQL:
        return
    with app.app_context():
        store_authors()
        keep_up(Author)
        assert not clear_away(Author, 0)
        rename_all()
        assert clear_away(Author, 0)
        assert not clear_away(Author, 0), "done already"


def test_afterwards_a_count_along_an_index_looks_up_no_row(app, backend):
    if backend != POSTGRESQL:
        return
    with app.app_context():
        store_authors()
        keep_up(Author)
        rename_all()
        clear_away(Author, MANY)
        pages = text("SELECT relpages, relallvisible FROM pg_class WHERE oid = 'author'::regclass")
        there, seen = db.session.execute(pages).one()
        assert there == seen > 0


def test_indexes_are_preferred_until_the_end_of_the_transaction_only(app, backend):
    with app.app_context():
        prefer_indexes()
        if backend == POSTGRESQL:
            assert db.session.scalar(text("SHOW random_page_cost")) == "1"
            db.session.rollback()
            assert db.session.scalar(text("SHOW random_page_cost")) != "1"
