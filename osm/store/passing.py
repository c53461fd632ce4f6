"""Errors that pass: the database or the machine had no time or room just then, and the same act succeeds later."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

_STATES = ("40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "08", "53")
"""SQLSTATE of PostgreSQL: serialization, deadlock, a lock or a statement that lasted too long, an operator's
intervention, the connection, a shortage of the server. https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
_NO_ROOM_STATES = ("53100", "58030")
"""Of PostgreSQL: disk full, I/O error."""
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
        or _is_unreachable(error)
        or "database is locked" in str(error.orig)
    )


def _is_unreachable(error: DBAPIError) -> bool:
    """Whether PostgreSQL did not answer, as while it restarts: psycopg says that without any SQLSTATE."""
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", "") is None


def is_passing(error: Exception) -> bool:
    """Whether an error is not about the data: the work can be done later without a loss."""
    if isinstance(error, OperationalError | PendingRollbackError | MemoryError):
        return True
    return is_busy(error) or is_no_room(error) or (isinstance(error, OSError) and error.errno in _SHORTAGES)
