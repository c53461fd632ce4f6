"""PostgreSQL learns at once what a large import has brought; SQLite is left alone."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from osm.base.database import LARGE, analyze, db, write_rows
from osm.base.transaction import transaction
from osm.models import Author
from osm.store.schema import set_up
from tests.databases import POSTGRESQL

NEVER_LOOKED_AT = -1


@pytest.fixture
def app(make_app):
    """On a new database: the tables of a shared one have the sizes that other tests left."""
    made = make_app()
    set_up(made)
    return made


def known(backend: str) -> float | None:
    """How many authors the planner reckons with."""
    if backend != POSTGRESQL:
        return None
    return db.session.scalar(text("SELECT reltuples FROM pg_class WHERE oid = 'author'::regclass"))


@pytest.mark.parametrize(("rows", "expected"), [(LARGE, LARGE), (LARGE - 1, NEVER_LOOKED_AT)])
def test_after_a_large_import_the_planner_knows_how_many_rows_there_are(app, backend, rows, expected):
    with app.app_context():
        with transaction():
            write_rows(Author, [{"network": "vk", "name": f"Житель {n}", "profile_url": None} for n in range(rows)])
        analyze(rows)
        assert known(backend) == (expected if backend == POSTGRESQL else None)
