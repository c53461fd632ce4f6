"""Many rows at once: the same rows and the same errors as one by one, on either database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from osm.base.database import among, db, draw_ids, table_of, update_rows, write_rows
from osm.base.transaction import transaction
from osm.models import Author, Event, Message, Origin
from osm.regulation.words import Importance, Status

AT = datetime(2026, 11, 25, 0, 5, tzinfo=UTC)


def message(number: int, **more: object) -> dict[str, object]:
    row = {
        "number": str(number),
        "key": f"number:{number}",
        "origin": Origin.INCIDENT,
        "network": "vk",
        "text": "Яма\tна «Лазо»\\, 7\nи ещё одна",
        "received_at": AT,
        "stored_at": AT,
        "closed_at": None,
        "source_raw": {"район": ["центр", None]},
    }
    return row | more


@pytest.mark.parametrize("count", [1, 3])
def test_rows_are_as_they_were_given_and_the_rest_takes_its_default(app, count):
    with app.app_context():
        with transaction():
            write_rows(Message, [message(n, id=i) for n, i in enumerate(draw_ids(Message, count))])
        found = list(db.session.scalars(select(Message).order_by(Message.id)))
        assert [row.number for row in found] == [str(n) for n in range(count)]
        for row in found:
            assert row.text == "Яма\tна «Лазо»\\, 7\nи ещё одна"
            assert (row.origin, row.status, row.importance) == (Origin.INCIDENT, Status.NEW, Importance.NORMAL)
            assert (row.version, row.is_repeat, row.place, row.author_id) == (1, False, "", None)
            assert (row.received_at, row.closed_at) == (AT, None)
            assert row.source_raw == {"район": ["центр", None]}


@pytest.mark.parametrize("count", [1, 2])
def test_the_database_numbers_rows_that_bring_no_number(app, count):
    with app.app_context():
        with transaction():
            write_rows(Event, [{"at": AT, "action": "look", "changes": {"a": [1, None]}}] * count)
            write_rows(Event, [{"at": AT, "action": "look", "changes": {}}] * count)
        found = list(db.session.scalars(select(Event).order_by(Event.id)))
        assert len({row.id for row in found}) == 2 * count
        assert found[0].changes == {"a": [1, None]}
        assert found[-1].clause == ""


def test_what_the_database_refuses_is_the_same_error_and_only_the_savepoint_is_lost(app):
    with app.app_context():
        with transaction() as session:
            write_rows(Message, [message(1), message(2)])
            with pytest.raises(IntegrityError), session.begin_nested():
                write_rows(Message, [message(3), message(1)])
        assert sorted(db.session.scalars(select(Message.number))) == ["1", "2"]


def test_rows_are_changed_by_their_ids(app):
    with app.app_context():
        with transaction():
            write_rows(Message, [message(n) for n in range(4)])
            ids = list(db.session.scalars(select(Message.id).order_by(Message.id)))
            changes = [
                {"id": i, "place": f"ул. {i}", "status": Status.DISMISSED, "closed_at": AT, "source_raw": {"n": i}}
                for i in ids[1:3]
            ]
            update_rows(Message, changes)
            update_rows(Message, [changes[0] | {"id": ids[3], "place": "одна"}])
            update_rows(Message, [])
        found = db.session.scalars(select(Message).order_by(Message.id)).all()
        assert [row.place for row in found] == ["", f"ул. {ids[1]}", f"ул. {ids[2]}", "одна"]
        assert [row.status for row in found] == [Status.NEW, *[Status.DISMISSED] * 3]
        assert [row.closed_at for row in found] == [None, AT, AT, AT]
        assert found[2].source_raw == {"n": ids[2]}


def test_rows_are_found_by_several_columns_together(app):
    columns = table_of(Author).c
    with app.app_context():
        with transaction():
            pairs = [(network, url) for network in ("vk", "ok") for url in ("a", "b", "«в», \\{г}", None)]
            write_rows(Author, [{"network": network, "profile_url": url} for network, url in pairs])

        def found(*wanted: tuple[str, str]) -> list[tuple[str, str | None]]:
            rows = db.session.scalars(select(Author).where(among([columns.network, columns.profile_url], wanted)))
            return sorted((row.network, row.profile_url) for row in rows)

        assert found(("vk", "a"), ("ok", "b"), ("ok", "c")) == [("ok", "b"), ("vk", "a")]
        assert found(("vk", "«в», \\{г}")) == [("vk", "«в», \\{г}")]
        assert found(("vk", "a"), ("vk", "a")) == [("vk", "a")]
