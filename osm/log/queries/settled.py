"""Up to which event the log can no longer gain a row in between: what a seal may cover."""

import time

from sqlalchemy import func, select, text

from osm.base.database import db
from osm.models import Event

WAIT_SECONDS = 1.0  # how long transactions that are under way are waited for; after that the next round tries again

_PAUSE = 0.02

#: Who is writing to the log now. An INSERT takes this lock before it draws its number and holds it until its end.
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks "
    "WHERE relation = 'event'::regclass AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()"
)


def settled_until(wait: float = WAIT_SECONDS) -> int | None:
    """The id up to which no further event can appear; None where writers did not end in time.

    SQLite has one writer at a time: ids follow the order of the commits. PostgreSQL gives them on insert, and a lower
    one may be committed after a higher one. So first the highest visible id is read, then who is writing: every
    writer with a lower id is among them, or has ended and is visible (or rolled back: a gap). When those writers have
    ended, nothing below can appear. Only the caller waits for this.
    """
    highest = db.session.scalar(select(func.max(Event.id))) or 0
    if db.engine.dialect.name == "sqlite":
        db.session.rollback()
        return highest
    writers = _writers()
    until = time.monotonic() + wait
    while writers:
        if time.monotonic() >= until:
            return None
        time.sleep(_PAUSE)
        writers &= _writers()
    return highest


def _writers() -> set[str]:
    found = set(db.session.scalars(_WRITERS))
    # The list of locks is the server's own, but rows are to be read by a transaction that begins after this.
    db.session.rollback()
    return found
