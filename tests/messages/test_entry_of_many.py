"""Many messages at once: the database is the same as after entering them one by one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import entry
from osm.models import Author, Closure, Deadline, DueReading, Event, Message, Origin
from osm.regulation.words import Importance, Status
from tests.office import at, hire

NOW, RECEIVED = at("17.03 11:00"), at("17.03 10:10")

KINDS: dict[str, dict[str, Any]] = {
    "new": {},
    "of high importance": {"importance": Importance.HIGH},
    "answered by the source": {"status": Status.ANSWERED, "closed_at": NOW},
    "history": {"status": Status.DISMISSED, "closed_at": NOW},
    "entered by hand": {"origin": Origin.MANUAL},
}


def make(number: int, author: Author | None, **values: Any) -> Message:
    common = {"origin": Origin.INCIDENT, "network": "vk", "text": "Яма", "received_at": RECEIVED, "stored_at": NOW}
    message = Message(**{"number": str(number), "key": f"number:{number}", **common, **values}, author=author)
    if message.status is Status.DISMISSED:
        message.closures.append(Closure(status=Status.DISMISSED, reason="история", closed_at=NOW))
    return message


def rows(model: Any, message_id: int, *but: str) -> list[dict[str, Any]]:
    table = model.__table__
    found = db.session.execute(select(table).where(table.c.message_id == message_id).order_by(table.c[but[0]]))
    return [{name: value for name, value in row._mapping.items() if name not in but} for row in found]


def everything(message_id: int) -> dict[str, Any]:
    table = Message.__table__
    own = dict(db.session.execute(select(table).where(table.c.id == message_id)).one()._mapping)
    author = db.session.get(Author, own.pop("author_id")) if own["author_id"] else None
    return {
        "message": {name: value for name, value in own.items() if name not in ("id", "number", "key", "author_id")},
        "author": author and (author.network, author.name),
        "deadlines": rows(Deadline, message_id, "id", "message_id"),
        "closures": rows(Closure, message_id, "id", "message_id"),
        "events": rows(Event, message_id, "id", "message_id"),
        "readings": rows(DueReading, message_id, "kind", "message_id"),
    }


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_same_rows_as_one_by_one(app, kind):
    with app.app_context():
        hire()
        with transaction() as session:
            one = make(1, Author(network="vk", name="Житель"), **KINDS[kind])
            session.add(one)
            entry.register(one, now=NOW, actor=None)
            first = one.id
        with transaction():
            authors = [Author(network="vk", name="Житель"), Author(network="vk", name="Житель")]
            many = [
                make(2, authors[0], **KINDS[kind]),
                make(3, authors[1], **KINDS[kind]),
                make(4, None, **KINDS[kind]),
            ]
            entry.register_all(many, authors, now=NOW, actor=None)
            ids = [message.id for message in many]
        assert ids == sorted(set(ids))
        assert everything(ids[0]) == everything(ids[1]) == everything(first)
        assert everything(ids[2]) == {**everything(first), "author": None}


def test_later_messages_have_different_numbers(app):
    with app.app_context():
        hire()
        with transaction():
            entry.register_all([make(1, None), make(2, None)], [], now=NOW, actor=None)
        with transaction():
            entry.register(make(3, None), now=NOW, actor=None)
        ids = db.session.scalars(select(Message.id).order_by(Message.number)).all()
        assert len(set(ids)) == 3
        assert ids == sorted(ids)


def test_nothing_to_store_is_nothing(app):
    with app.app_context(), transaction():
        entry.register_all([], [], now=NOW, actor=None)
        assert db.session.scalars(select(Event.id)).all() == []
