"""The write transaction: every service writes inside `with transaction() as session`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock

from flask import has_request_context
from sqlalchemy.orm import Session

from osm.extensions import db
from osm.store.engine import WRITE

BREATH = 0.02
"""Seconds for which the write lock is free at most after a write of the background."""

_KEY = "osm_in_transaction"
_background = Lock()


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a write transaction, commit at the end, roll back on any error.

    The read transaction of the request ends first: what was read before is read anew inside (attributes of loaded
    objects are refreshed), so a decision never rests on an old snapshot. On SQLite it begins with BEGIN IMMEDIATE.
    A nested call joins the outer transaction as a savepoint: its own error undoes its own part only.
    Raises RuntimeError when changed objects wait from before: they would be lost in silence.
    """
    session = db.session()
    if session.info.get(_KEY):
        with session.begin_nested():
            yield session
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("objects were changed outside transaction()")
    session.rollback()
    in_turn = session.get_bind().dialect.name == "sqlite" and not has_request_context()
    with _turn() if in_turn else nullcontext():
        session.connection(execution_options={WRITE: True})
        session.info[_KEY] = True
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop(_KEY, None)


@contextmanager
def _turn() -> Iterator[None]:
    """Threads that answer no request write one after the other, and after each the lock is free for a third as long.

    SQLite's one write lock has no queue: who waits looks again from time to time. Several threads that write much
    would fill every gap between them, and somebody at a screen would find it taken for seconds.
    """
    with _background:
        begun = time.monotonic()
        yield
        time.sleep(min(BREATH, (time.monotonic() - begun) / 3))
    time.sleep(0.001)  # else this thread would have the turn again before another one could take it
