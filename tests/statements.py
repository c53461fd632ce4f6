"""The SQL statements that a block of code sends, and how much work they are for SQLite."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from osm.base.database import db


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The list of statements, filled while the block runs."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def database_steps(app: Flask) -> Iterator[Callable[[], int]]:
    """How many hundreds of steps SQLite takes in this block: the same on every machine, busy or not."""
    done = 0

    def note() -> int:
        nonlocal done
        done += 1
        return 0

    def watch(connection: Any, *_rest: Any) -> None:
        connection.set_progress_handler(note, 100)

    def let_go(connection: Any, *_rest: Any) -> None:
        connection.set_progress_handler(None, 0)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "checkout", watch)
    event.listen(engine, "checkin", let_go)
    try:
        yield lambda: done
    finally:
        event.remove(engine, "checkout", watch)
        event.remove(engine, "checkin", let_go)


@contextmanager
def planned(app: Flask) -> Iterator[Counter[str]]:
    """How often SQLite has made a plan for each statement, while the block runs."""
    asked, before = 0, 0
    watched: set[Any] = set()
    found: Counter[str] = Counter()

    def authorize(*_asked: Any) -> int:
        nonlocal asked
        asked += 1
        return sqlite3.SQLITE_OK

    def begins(_connection: Any, cursor: Any, *_rest: Any) -> None:
        nonlocal before
        if cursor.connection not in watched:
            watched.add(cursor.connection)
            cursor.connection.set_authorizer(authorize)
        before = asked

    def ends(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found[statement] += asked > before

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", begins)
    event.listen(engine, "after_cursor_execute", ends)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", begins)
        event.remove(engine, "after_cursor_execute", ends)
        for connection in watched:
            connection.set_authorizer(None)
