"""The log and its seals: the database itself refuses to change or remove a row; notes can be purged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from osm.base.database import db
from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.log.models import salted_digest
from osm.models import Event, EventNote, EventSeal, Message, Origin

NOW = datetime(2026, 11, 24, 23, 5, tzinfo=UTC)


@pytest.fixture
def logged(app: Flask) -> Flask:
    """One message, one event with a note, one seal."""
    with app.app_context(), transaction() as session:
        message = Message(
            number="1", key="number:1", origin=Origin.MANUAL, network="vk", text="Яма", received_at=NOW, stored_at=NOW
        )
        session.add(message)
        session.flush()
        record("enter", at=NOW, actor=None, message=message, note="По телефону")
        session.add(EventSeal(number=1, first_id=1, last_id=1, count=1, sealed_at=NOW, key_id="k", mac="m"))
    return app


@pytest.mark.parametrize("table", ["event", "event_seal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}"])
def test_what_was_logged_is_neither_changed_nor_removed(logged, table, change):
    column = {"event": "action = 'forged'", "event_seal": "mac = 'forged'"}[table]
    with logged.app_context():
        with pytest.raises(IntegrityError, match=f"{table} is append-only"), transaction() as session:
            session.execute(text(change.format(table, column)))
        assert db.session.scalars(db.select(Event.action)).all() == ["enter"]
        assert db.session.scalars(db.select(EventSeal.mac)).all() == ["m"]


#: A third way for each database: SQLite's REPLACE removes a row without its triggers for DELETE.
SIDE_WAYS = {
    "sqlite": {
        "event": "INSERT OR REPLACE INTO event SELECT * FROM event",
        "event_seal": "REPLACE INTO event_seal SELECT 2, first_id, 2, 1, sealed_at, 'k', 'm' FROM event_seal",
    },
    "postgresql": {"event": "TRUNCATE event CASCADE", "event_seal": "TRUNCATE event_seal"},
}


@pytest.mark.parametrize("table", ["event", "event_seal"])
def test_nor_by_the_side_ways_of_either_database(logged, backend, table):
    with logged.app_context():
        with pytest.raises(IntegrityError, match=f"{table} is append-only"), transaction() as session:
            session.execute(text(SIDE_WAYS[backend][table]))
        assert db.session.scalars(db.select(EventSeal.number)).all() == [1]


def test_a_message_that_the_log_names_cannot_be_deleted(logged):
    with logged.app_context():
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(text("DELETE FROM message"))
        assert len(db.session.scalars(db.select(Message.id)).all()) == 1


def test_a_note_can_be_purged_and_leaves_only_its_digest(logged):
    with logged.app_context():
        note = db.session.scalars(db.select(EventNote)).one()
        digest = salted_digest(note.salt, "По телефону")
        with transaction() as session:
            session.execute(text("DELETE FROM event_note"))
        assert db.session.scalars(db.select(Event.note_digest)).all() == [digest]


def test_equal_notes_do_not_look_equal(app):
    with app.app_context():
        with transaction():
            for _ in range(2):
                record("enter", at=NOW, actor=None, note="Не наше")
        assert len(set(db.session.scalars(db.select(Event.note_digest)))) == 2
