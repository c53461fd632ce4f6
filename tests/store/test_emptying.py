"""The tables between two tests: no row of one test remains for the next, and no open transaction is overlooked."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from osm.base.database import db
from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.models import Event
from tests.databases import empty_tables


def test_no_row_is_left_and_numbers_begin_anew(app, cast, now):
    with app.app_context():
        with transaction():
            record("open", at=now, actor=None, note="Пробная запись")
        empty_tables(app)
        tables = db.metadata.sorted_tables
        left = {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in tables}
        assert {name for name, count in left.items() if count} == set()
        with transaction():
            record("open", at=now, actor=None)
        assert db.session.scalars(select(Event.id)).all() == [1]


def test_the_rules_of_the_tables_are_in_force_again(app, now):
    with app.app_context():
        with transaction():
            record("open", at=now, actor=None)
        empty_tables(app)
        with transaction():
            record("open", at=now, actor=None)
        with pytest.raises(IntegrityError, match="append-only"), transaction() as session:
            session.execute(text("DELETE FROM event"))
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"), transaction() as session:
            session.execute(text("INSERT INTO event_note VALUES (77, 'Ничья', 'соль')"))


@pytest.mark.postgresql  # SQLite can empty a table during reads
@pytest.mark.parametrize("statement", ["SELECT id FROM user_account", "SELECT id FROM event"])
def test_a_transaction_that_was_left_open_is_told(app, statement):
    with app.app_context(), db.engine.connect() as left_open:
        left_open.exec_driver_sql(statement)
        with pytest.raises(OperationalError, match="lock timeout"):
            empty_tables(app, patience_ms=50)
