"""The write transaction: every service writes inside `with transaction() as session`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from osm.extensions import db
from osm.store.engine import WRITE

_KEY = "osm_in_transaction"


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
