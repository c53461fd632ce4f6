"""Logging in and out: throttled attempts, and sessions that live in the database."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from osm.extensions import db
from osm.services.errors import ServiceError
from osm.services.log.log import record
from osm.services.staff.attempts import (
    LONGEST_ADDRESS,
    NO_MARKS,
    Marks,
    count_attempt,
    forget_attempts,
    remember_address,
)
from osm.services.staff.users import normal_login, password_matches
from osm.store.models import User, WebSession
from osm.store.queries.reminders.reminders import unseen
from osm.store.transaction import BesideReading, transaction, unless_busy
from osm.store.types import UtcDateTime

#: A session that nobody uses ends after this; use prolongs it, at most once in RENEW_AFTER.
SESSION_LENGTH = timedelta(hours=12)
RENEW_AFTER = timedelta(minutes=30)
LONGEST_BROWSER = 300


class LoginRefused(ServiceError):
    """Wrong login or password, or a blocked user: which of them is not told."""

    def __init__(self) -> None:
        super().__init__("Логин или пароль не подошли. Проверьте раскладку и Caps Lock и попробуйте ещё раз.")


_NOW: Any = bindparam("now", type_=UtcDateTime())
_LIVE = (
    select(WebSession, User, unseen(User.id, _NOW).label("unseen"))
    .join(User, User.id == WebSession.user_id)
    .where(WebSession.id_hash == bindparam("id_hash"), WebSession.expires_at > _NOW, User.is_active)
)
"""Built once: every request asks it, the polls of all open pages too, and building takes longer than running."""


@dataclass(frozen=True, slots=True)
class CurrentSession:
    """Who is behind a cookie."""

    user: User
    id_hash: str
    expires_at: datetime


def log_in(
    login: str, password: str, address: str, *, now: datetime, marks: Marks = NO_MARKS, browser: str = ""
) -> str:
    """Check the password and open a session; the answer is the secret for the cookie, kept here as a hash only.

    `marks`: whose browser this is known to be; `browser`: what it says of itself. LoginRefused, TooManyAttempts.
    """
    login, address = normal_login(login), address[:LONGEST_ADDRESS]
    attempt_id = count_attempt(login, address, marks, now)
    user = db.session.scalar(select(User).where(User.login == login, User.is_active))
    user_id = user.id if user else None
    if not password_matches(user, password):
        raise LoginRefused
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        locked = {"of": User, "key_share": True}
        user = session.get(User, user_id, populate_existing=True, with_for_update=locked)
        if user is None or not user.is_active:
            raise LoginRefused
        forget_attempts(session, attempt_id, user, address, marks)
        remember_address(session, user.id, address, now)
        session.add(
            WebSession(
                id_hash=hash_token(token),
                user_id=user.id,
                address=address,
                browser=browser[:LONGEST_BROWSER],
                created_at=now,
                expires_at=now + SESSION_LENGTH,
            )
        )
        record("log_in", at=now, actor=user, object_kind="user", object_id=user.id)
    return token


def find_session(token: str, *, now: datetime) -> CurrentSession | None:
    """The live session behind a cookie, or None: unknown, ended, expired, or its person is blocked."""
    row = db.session.execute(_LIVE, {"id_hash": hash_token(token), "now": now}).one_or_none()
    if row is None:
        return None
    row.User.has_unseen(row.unseen)
    return CurrentSession(user=row.User, id_hash=row.WebSession.id_hash, expires_at=row.WebSession.expires_at)


def renew_session(current: CurrentSession, *, now: datetime) -> None:
    """Prolong a session that is in use; rarely a write, see RENEW_AFTER."""
    if now + SESSION_LENGTH - current.expires_at < RENEW_AFTER:
        return
    with BesideReading("session"), unless_busy(0.2), transaction() as session:  # the next request will do
        row = session.get(WebSession, current.id_hash)
        if row is not None:
            row.expires_at = now + SESSION_LENGTH


def end_own_sessions(keep: str, *, actor: User, now: datetime, only: str = "") -> int:
    """End one's own sessions: the one that is named, else all; never `keep`, where one sits. Returns how many ended."""
    gone = delete(WebSession).where(WebSession.user_id == actor.id, WebSession.id_hash != keep)
    if only:
        gone = gone.where(WebSession.id_hash == only)
    with transaction() as session:
        ended = len(session.scalars(gone.returning(WebSession.id_hash)).all())
        if ended:
            record(
                "end_own_sessions", at=now, actor=actor, object_kind="user", object_id=actor.id,
                changes={"sessions": (ended, 0)},
            )  # fmt: skip
        return ended


def log_out(id_hash: str, *, now: datetime, actor: User | None) -> None:
    """End the session: a copy of its cookie is worth nothing from now on."""
    with transaction() as session:
        _end(session, id_hash)
        record("log_out", at=now, actor=actor, object_kind="user", object_id=actor.id if actor else None)


def _end(session: Session, id_hash: str) -> None:
    session.execute(delete(WebSession).where(WebSession.id_hash == id_hash))


def remove_expired_sessions(now: datetime) -> int:
    """Forget sessions that nobody can use any more; returns how many."""
    if db.session.scalar(select(WebSession.id_hash).where(WebSession.expires_at <= now).limit(1)) is None:
        return 0
    with transaction() as session:
        gone = delete(WebSession).where(WebSession.expires_at <= now).returning(WebSession.id_hash)
        return len(session.scalars(gone).all())


def hash_token(token: str) -> str:
    """What the table holds of a cookie; the token is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
