"""How connections behave: PostgreSQL is asked short questions, and what the address says is stronger."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, make_url

from osm.extensions import db
from osm.store.engine import engine_options
from tests.databases import server_url


@pytest.mark.postgresql  # SQLite has neither
def test_the_application_asks_short_questions(app):
    with app.app_context(), db.engine.connect() as connection:
        told = [
            connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("jit", "max_parallel_workers_per_gather")
        ]
    assert told == ["off", "0"]


@pytest.mark.postgresql
def test_the_address_of_the_database_is_stronger():
    url = make_url(server_url()).set(drivername="postgresql+psycopg", query={"options": "-c jit=on -c work_mem=5MB"})
    engine = create_engine(url, **engine_options(url.render_as_string(hide_password=False), 1))
    with engine.connect() as connection:
        names = ("jit", "work_mem", "max_parallel_workers_per_gather")
        assert [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names] == ["on", "5MB", "0"]
    engine.dispose()
