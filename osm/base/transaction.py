"""The write transaction, in which every service writes; errors that pass; leases: one process alone does the work."""

import errno
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from types import TracebackType

from flask import Flask
from sqlalchemy import CheckConstraint, String, Text, delete, or_, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.orm import Mapped, Session, mapped_column

from osm.base.database import LONGEST_WAIT, WRITE, Base, db, insert_into
from osm.base.types import UtcDateTime

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.02  # for how long the write lock is free at most after a write of the background

_KEY, _WRITTEN = "osm_in_transaction", "osm_written"
_is_background: ContextVar[bool] = ContextVar("osm_is_background", default=False)
_longest_wait: ContextVar[float | None] = ContextVar("osm_longest_wait", default=None)


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a write transaction, commit at the end, roll back on any error.

    The read transaction of the request ends first: loaded objects are refreshed inside, so a decision never rests on an
    old snapshot. On SQLite it begins with BEGIN IMMEDIATE. A nested call joins the outer transaction as a savepoint:
    its own error undoes its own part only. Raises RuntimeError when changed objects wait from before: they would be
    lost in silence."""
    session = db.session()
    if session.info.get(_KEY):
        with session.begin_nested():
            yield session
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("objects were changed outside transaction()")
    session.rollback()
    in_turn = _is_background.get() and session.get_bind().dialect.name == "sqlite"
    with _turns.one() if in_turn else nullcontext():
        try:
            session.connection(execution_options={WRITE: True, LONGEST_WAIT: _longest_wait.get()})
            session.info[_KEY] = True
            yield session
            session.flush()
            _commit(session)
        except BaseException:
            give_up()
            raise
        finally:
            session.info.pop(_KEY, None)


@contextmanager
def unless_taken(error: Exception) -> Iterator[None]:
    """Raise this where a constraint refuses what is written: somebody else was a moment earlier."""
    try:
        yield
    except IntegrityError:
        raise error from None


def _commit(session: Session) -> None:
    """Note that something was written, also where the connection broke before the answer and the result is unknown."""
    before = was_written()
    session.info[_WRITTEN] = True
    try:
        session.commit()
    except BaseException as error:
        session.info[_WRITTEN] = before or getattr(error, "connection_invalidated", False)
        raise


def was_written() -> bool:
    """Whether the request behind this session has written something, or may have: it can no longer be said not to."""
    return bool(db.session.info.get(_WRITTEN))


def give_up() -> None:
    """Roll back what this session has begun; a lost connection cannot, its server has done so, and it is put away."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()


def put_away() -> None:
    """End the session, also one with a lost connection; loaded objects stay as they are."""
    try:
        db.session.remove()
    except DBAPIError:
        db.session().invalidate()
        db.session.remove()


def init_app(app: Flask) -> None:
    """A finished answer is sent, although the connection to the database was lost since."""
    app.teardown_appcontext(lambda _error: put_away())


class BesideReading:
    """What is written because somebody looks at something: where the disk takes nothing, he sees it all the same. The
    technical log says then what is missing: its name, and `facts` as ids and codes (docs/decisions/032)."""

    def __init__(self, name: str, **facts: object) -> None:
        self._facts = {"not_written": name, **facts}

    def __enter__(self) -> None:
        self._before = was_written()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        db.session.info[_WRITTEN] = self._before  # what a person asks for is something else
        if error is None or not is_no_room(error):
            return False
        give_up()
        log.error("the disk takes nothing", extra=self._facts)
        return True


def set_longest_wait(seconds: float | None) -> None:
    """From here on, in this thread: for how long a transaction waits for another one's lock; None: as is usual."""
    _longest_wait.set(seconds)


@contextmanager
def giving_up_after(seconds: float) -> Iterator[None]:
    """Inside, a transaction waits no longer than this for another one's lock, which raises what `is_busy` knows."""
    before = _longest_wait.set(seconds)
    try:
        yield
    finally:
        _longest_wait.reset(before)


@contextmanager
def unless_busy(seconds: float) -> Iterator[None]:
    """Inside, what others hold up for longer than this is left undone, all of it: for what a reader need not wait."""
    try:
        with giving_up_after(seconds):
            yield
    except DBAPIError as error:
        if is_no_room(error) or not is_busy(error):
            raise


@contextmanager
def in_background() -> Iterator[None]:
    """Inside, no person waits for this thread: on SQLite it writes in turn with the others of its kind."""
    before = _is_background.set(True)
    try:
        yield
    finally:
        _is_background.reset(before)


class _Turns:
    """Threads in the background write one after the other, and between two of them the lock is free for a third as long
    as it was held. SQLite's one write lock has no queue: who waits looks again from time to time. Several threads that
    write much would fill every gap between them, and somebody at a screen would find it taken for seconds. A thread
    that has other work before its next transaction need not wait for that."""

    def __init__(self) -> None:
        self._writing, self._free_until = Lock(), 0.0

    @contextmanager
    def one(self) -> Iterator[None]:
        with self._writing:
            time.sleep(max(0.0, self._free_until - time.monotonic()))
            begun = time.monotonic()
            yield
            ended = time.monotonic()
            self._free_until = ended + min(PAUSE_SECONDS, (ended - begun) / 3)
        time.sleep(0.001)  # else this thread would have the turn again before another one could take it


_turns = _Turns()


# --- Errors that pass
_STATES = ("40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "08", "53")
"""SQLSTATE of PostgreSQL: serialization, deadlock, a lock or a statement that lasted too long, an operator's
intervention, the connection, a shortage of the server. https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
_NO_ROOM_STATES = ("53100", "58030")  # of PostgreSQL: disk full, I/O error
_NO_ROOM_CODES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
_SHORTAGES = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EINTR})


def is_no_room(error: BaseException) -> bool:
    """Whether the disk takes nothing: it is full, can only be read, or is broken. Nothing was written."""
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        # The lower byte says what it is, the others say where. An error of the module itself has no code.
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _NO_ROOM_CODES
    return (getattr(cause, "sqlstate", None) or "") in _NO_ROOM_STATES


def is_busy(error: Exception) -> bool:
    """Whether others' work, a server out of reach or a shortage hindered a statement, and nothing was written."""
    if isinstance(error, NoFreeConnection):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return (
        error.connection_invalidated
        or state.startswith(_STATES)
        or (isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", "") is None)  # psycopg: no answer
        or "database is locked" in str(error.orig)
    )


def is_passing(error: Exception) -> bool:
    """Whether an error is not about the data: the work can be done later without a loss."""
    if isinstance(error, OperationalError | PendingRollbackError | MemoryError):
        return True
    return is_busy(error) or is_no_room(error) or (isinstance(error, OSError) and error.errno in _SHORTAGES)


# --- Leases: of several processes only the one named in the row may do the work
class Lease(Base):
    """`owner` names the process; a lease that has run out, or that lies in the future, is free."""

    __tablename__ = "lease"
    __table_args__ = (CheckConstraint("until >= taken_at", name="ends_after_it_begins"),)

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkerBeat(Base):
    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text, default="")


def take(
    name: str, owner: str, now: datetime, length: timedelta, *, is_gone: Callable[[str], bool] = lambda _owner: False
) -> bool:
    """Take the lease, or extend it by `length`; False while another owner has it. It is free if it has expired, if it
    ends later than possible (a clock was set back), or if `is_gone` says that its owner has ended. All owners of one
    name must use the same clock for `now`."""
    if _take(name, owner, now, length):
        return True
    holder = db.session.scalar(select(Lease.owner).where(Lease.name == name))
    db.session.rollback()
    if holder is None or not is_gone(holder):
        return False
    release(name, holder)
    return _take(name, owner, now, length)


def release(name: str, owner: str) -> None:
    with transaction() as session:
        session.execute(delete(Lease).where(Lease.name == name, Lease.owner == owner))


def _take(name: str, owner: str, now: datetime, length: timedelta) -> bool:
    values = {"owner": owner, "taken_at": now, "until": now + length}
    free = or_(Lease.owner == owner, Lease.until <= now, Lease.taken_at > now + length)
    statement = (
        insert_into(Lease)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=[Lease.name], set_=values, where=free)
        .returning(Lease.owner)
    )
    with transaction() as session:
        return session.scalar(statement) is not None


# --- How long a job of the worker may run before other work
@dataclass(frozen=True)
class Pace:
    """Limits of a job: `may_continue` is asked between batches, `is_gone` whether a lease holder has ended. `seconds`:
    limit of one run."""

    may_continue: Callable[[], bool] = lambda: True
    is_gone: Callable[[str], bool] = lambda _owner: False
    seconds: float = float("inf")


WHOLE = Pace()  # no limit
