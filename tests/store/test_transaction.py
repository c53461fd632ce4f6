"""transaction(): one writer at a time on SQLite, fresh reads inside, all or nothing."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text, update

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Department, LoginAttempt

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def department(name: str) -> Department:
    return Department(name=name, short_name=name)


def names() -> list[str]:
    found = list(db.session.scalars(select(Department.name).order_by(Department.name)))
    db.session.rollback()
    return found


def test_the_end_commits(app):
    with app.app_context():
        with transaction() as session:
            session.add(department("ЖКХ"))
        db.session.remove()
        assert names() == ["ЖКХ"]


def test_an_error_undoes_all(app):
    with app.app_context():
        with pytest.raises(ZeroDivisionError), transaction() as session:
            session.add(department("ЖКХ"))
            session.flush()
            raise ZeroDivisionError
        assert names() == []


def test_after_an_error_the_next_transaction_works(app):
    with app.app_context():
        with pytest.raises(ZeroDivisionError), transaction():
            raise ZeroDivisionError
        with transaction() as session:
            session.add(department("ЖКХ"))
        assert names() == ["ЖКХ"]


def test_a_nested_call_is_a_part_of_the_outer_one(app):
    with app.app_context():
        with pytest.raises(ZeroDivisionError), transaction() as session:
            with transaction() as inner:
                inner.add(department("внутренний"))
            session.add(department("внешний"))
            raise ZeroDivisionError
        assert names() == []


def test_the_error_of_a_nested_call_undoes_its_own_part_only(app):
    with app.app_context():
        with transaction() as session:
            session.add(department("внешний"))
            with pytest.raises(ZeroDivisionError), transaction() as inner:
                inner.add(department("внутренний"))
                inner.flush()
                raise ZeroDivisionError
        assert names() == ["внешний"]


def test_objects_changed_before_are_not_lost_in_silence(app):
    with app.app_context():
        db.session.add(department("ЖКХ"))
        with pytest.raises(RuntimeError, match="outside transaction"), transaction():
            pass
        db.session.rollback()


def test_what_was_read_before_is_read_anew_inside(app):
    with app.app_context():
        with transaction() as session:
            session.add(department("ЖКХ"))
        seen = db.session.scalars(select(Department)).one()
        assert seen.phone == ""
        in_thread(app, lambda: _set_phone("2-11-80"))
        with transaction():
            assert seen.phone == "2-11-80"


def _set_phone(phone: str) -> None:
    with transaction() as session:
        session.execute(update(Department).values(phone=phone))


def in_thread(app, work) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            with app.app_context():
                work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(120)
    assert not thread.is_alive()
    assert not errors, errors


def test_two_hundred_writers_who_read_first_lose_nothing(app):
    """Read, add one, write back: with a transaction that begins as a reader, half of them would fail or be lost."""
    with app.app_context(), transaction() as session:
        session.add(department("0"))

    def add_one() -> None:
        with transaction() as session:
            row = session.scalars(select(Department).with_for_update()).one()
            row.name = str(int(row.name) + 1)

    errors: list[BaseException] = []

    def run() -> None:
        try:
            for _ in range(25):
                with app.app_context():
                    add_one()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    with app.app_context():
        assert names() == ["200"]


def test_a_reader_does_not_wait_for_a_writer(app):
    seen: list[list[str]] = []
    with app.app_context(), transaction() as session:
        session.add(department("ещё не записан"))
        session.flush()
        in_thread(app, lambda: seen.append(names()))
    assert seen == [[]]


def test_sqlite_is_in_wal_with_foreign_keys(app, backend):
    with app.app_context():
        if backend != "sqlite":
            assert db.session.execute(text("SHOW default_transaction_isolation")).scalar() == "read committed"
            return
        pragmas = ("journal_mode", "foreign_keys", "busy_timeout")
        assert [db.session.execute(text(f"PRAGMA {name}")).scalar() for name in pragmas] == ["wal", 1, 15_000]


def test_instants_keep_their_zone(app):
    with app.app_context():
        with transaction() as session:
            session.add(LoginAttempt(login="a", address="b", at=NOW))
        assert db.session.scalars(select(LoginAttempt.at)).one() == NOW
        with pytest.raises(Exception, match="without a time zone"), transaction() as session:
            session.add(LoginAttempt(login="a", address="b", at=NOW.replace(tzinfo=None)))
