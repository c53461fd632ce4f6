"""Log in by a password or an invitation, and the sessions that begin with it."""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature
from sqlalchemy import bindparam, delete, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from osm.base.database import db
from osm.base.durable import signer
from osm.base.errors import ServiceError
from osm.base.transaction import BesideReading, transaction, unless_busy
from osm.base.types import UtcDateTime
from osm.log.acts.record import record
from osm.login.acts import attempts, passwords, second_factor
from osm.login.queries import LONGEST_SESSION
from osm.models import AuditAccess, Event, LoginAttempt, RememberedBrowser, SecondFactor, User, Way, WebSession
from osm.regulation.words import Role
from osm.reminders.queries import unseen

log = logging.getLogger(__name__)

#: An unused session ends after this; use prolongs it, at most once in RENEW_AFTER and never past LONGEST_SESSION.
SESSION_LENGTH = timedelta(hours=12)
RENEW_AFTER = timedelta(minutes=30)
CODE_WITHIN = timedelta(minutes=10)  # after the first factor
REMEMBERED_FOR = timedelta(days=30)
LONGEST_BROWSER = 300


class LoginRefused(ServiceError):
    """Wrong login, wrong password, or a blocked user: the message does not say which."""

    words = "Логин или пароль не подошли. Проверьте раскладку и Caps Lock и попробуйте ещё раз."


class AuditOver(LoginRefused):
    """Said only to somebody who has shown who he is."""

    words = "Срок доступа проверяющего закончился. Продлить его может администратор: он заведёт новую запись."


@dataclass(frozen=True, slots=True)
class Origin:
    """How the person has shown who he is, and what the provider of OpenID Connect gave with it."""

    way: Way = Way.LOCAL
    sid: str | None = None
    tokens: str | None = None


class CodeTooLate(ServiceError):
    """There is no log-in that waits for this code: time is over, the person was blocked, or it has been finished."""

    words = "Код нужно ввести за 10 минут после пароля. Войдите снова."


_NOW: Any = bindparam("now", type_=UtcDateTime())
_OLDEST: Any = bindparam("oldest", type_=UtcDateTime())
_LIVE = (
    select(
        WebSession,
        User,
        unseen(User.id, _NOW).label("unseen"),
        exists().where(SecondFactor.user_id == User.id).label("has_factor"),
    )
    .join(User, User.id == WebSession.user_id)
    .where(
        WebSession.id_hash == bindparam("id_hash"), WebSession.expires_at > _NOW, WebSession.created_at > _OLDEST,
        WebSession.awaits_code == bindparam("awaits_code"), User.is_active,
    )
    .options(joinedload(User.role_rows))
)  # fmt: skip
"""Built once: each request needs it, and building takes longer than running."""


@dataclass(frozen=True, slots=True)
class CurrentSession:
    """Who is behind a cookie."""

    user: User
    user_id: int
    id_hash: str
    expires_at: datetime
    has_factor: bool


def begin_session(
    user_id: int, address: str, *, now: datetime, marks: attempts.Marks = attempts.NO_MARKS, browser: str = "",
    attempt_id: int | None = None, origin: Origin = Origin(),
) -> str:  # fmt: skip
    """What follows the first factor, whichever way it was given: a session, or one that waits for the code. Returns the
    secret for the cookie; only its hash is stored. `attempt_id`: the counted attempt at a password. Raises LoginRefused
    if the person has been blocked."""
    token, address = secrets.token_urlsafe(32), address[: attempts.LONGEST_ADDRESS]
    with transaction() as session:
        user = _active(session, user_id)
        if user is None:
            raise LoginRefused
        if _is_over(user, now):
            raise AuditOver
        if _asks_for_code(session, user_id, marks, now):
            # Earlier failures count on: somebody who knows the password must not try codes without end.
            session.execute(delete(LoginAttempt).where(LoginAttempt.id == attempt_id))
            _add(session, token, user_id, address, browser, now, origin, awaits_code=True)
        else:
            _let_in(session, token, user, address, marks, browser, attempt_id, now, origin)
    return token


def pass_code(
    token: str, code: str, address: str, *, now: datetime, marks: attempts.Marks = attempts.NO_MARKS, browser: str = "",
    remember: str = "",
) -> str:  # fmt: skip
    """Finish a log-in by the second factor. Returns the secret of the new session. `remember`: the new mark of a
    browser that is not asked again for REMEMBERED_FOR. Raises CodeTooLate, CodeRefused, TooManyAttempts."""
    user = who_waits(token, now=now)
    if user is None:
        raise CodeTooLate
    user_id, address = user.id, address[: attempts.LONGEST_ADDRESS]
    attempt_id = attempts.count_attempt(user.login, address, marks, now)
    try:
        second_factor.accept_code(user_id, code, now=now)
    except second_factor.CodeRefused:
        log.warning("code refused", extra={"user": user_id, "address": address})
        raise
    new_token = secrets.token_urlsafe(32)
    waiting = delete(WebSession).where(WebSession.id_hash == hash_token(token), WebSession.awaits_code)
    with transaction() as session:
        active = _active(session, user_id)
        from_ = WebSession.way, WebSession.provider_sid, WebSession.provider_tokens
        first = session.execute(waiting.returning(*from_)).one_or_none()
        if active is None or first is None:
            raise CodeTooLate
        if remember:
            session.add(
                RememberedBrowser(
                    mark_hash=hash_token(remember), user_id=user_id, address=address,
                    browser=browser[:LONGEST_BROWSER], created_at=now, expires_at=now + REMEMBERED_FOR,
                )
            )  # fmt: skip
        _let_in(session, new_token, active, address, marks, browser, attempt_id, now, Origin(*first))
    return new_token


def who_waits(token: str, *, now: datetime) -> User | None:
    """Who has given the first factor and now has to give the second."""
    row = _row(token, now, awaits_code=True)
    return row.User if row else None


def _active(session: Session, user_id: int) -> User | None:
    locked = {"of": User, "key_share": True}
    user = session.get(User, user_id, populate_existing=True, with_for_update=locked)
    return user if user is not None and user.is_active else None


def _is_over(user: User, now: datetime) -> bool:
    """Whether this is an auditor whose access has ended."""
    if not user.owns(Role.AUDITOR):
        return False
    access = db.session.get(AuditAccess, user.id)
    return access is None or access.until <= now


def _asks_for_code(session: Session, user_id: int, marks: attempts.Marks, now: datetime) -> bool:
    if session.get(SecondFactor, user_id, populate_existing=True) is None:
        return False
    known = session.get(RememberedBrowser, hash_token(marks.get(user_id, "")), populate_existing=True)
    return known is None or known.user_id != user_id or known.expires_at <= now


def _let_in(
    session: Session, token: str, user: User, address: str, marks: attempts.Marks, browser: str, attempt_id: int | None,
    now: datetime, origin: Origin,
) -> None:  # fmt: skip
    if attempt_id is not None:
        attempts.forget_attempts(session, attempt_id, user, address, marks)
    attempts.remember_address(session, user.id, address, now)
    _add(session, token, user.id, address, browser, now, origin)
    record("log_in", at=now, actor=user, about=user, changes={"way": (None, origin.way)})


def _add(
    session: Session, token: str, user_id: int, address: str, browser: str, now: datetime, origin: Origin, *,
    awaits_code: bool = False,
) -> None:  # fmt: skip
    session.add(
        WebSession(
            id_hash=hash_token(token), user_id=user_id, address=address, browser=browser[:LONGEST_BROWSER],
            awaits_code=awaits_code, way=origin.way, provider_sid=origin.sid, provider_tokens=origin.tokens,
            created_at=now, expires_at=now + (CODE_WITHIN if awaits_code else SESSION_LENGTH),
        )
    )  # fmt: skip


def find_session(token: str, *, now: datetime) -> CurrentSession | None:
    """The live session of a cookie; None if unknown, ended, expired, or the person is blocked."""
    row = _row(token, now)
    if row is None or _is_over(row.User, now):
        return None
    row.User.has_unseen(row.unseen)
    return CurrentSession(row.User, row.User.id, row.WebSession.id_hash, row.WebSession.expires_at, row.has_factor)


def _row(token: str, now: datetime, *, awaits_code: bool = False) -> Any:
    given = {"id_hash": hash_token(token), "now": now, "oldest": now - LONGEST_SESSION, "awaits_code": awaits_code}
    return db.session.execute(_LIVE, given).unique().one_or_none()


def renew_session(current: CurrentSession, *, now: datetime) -> None:
    """Prolong a session in use; seldom a write, see RENEW_AFTER."""
    if now + SESSION_LENGTH - current.expires_at < RENEW_AFTER:
        return
    with BesideReading("session"), unless_busy(0.2), transaction() as session:  # if busy, the next request does it
        row = session.get(WebSession, current.id_hash)
        if row is not None:
            row.expires_at = now + SESSION_LENGTH


def end_own_sessions(keep: str, *, actor: User, now: datetime, only: str = "") -> int:
    """End one's own sessions: the one named `only`, else all, but never `keep`, the current one. Returns how many
    ended."""
    gone = delete(WebSession).where(WebSession.user_id == actor.id, WebSession.id_hash != keep)
    if only:
        gone = gone.where(WebSession.id_hash == only)
    with transaction() as session:
        ended = len(session.scalars(gone.returning(WebSession.id_hash)).all())
        if ended:
            record("end_own_sessions", at=now, actor=actor, about=actor, changes={"sessions": (ended, 0)})
        return ended


def forget_browser(mark_hash: str, *, actor: User, now: datetime) -> int:
    """Ask for the second factor in this browser of one's own again. Returns how many were forgotten."""
    one = (RememberedBrowser.user_id == actor.id, RememberedBrowser.mark_hash == mark_hash)
    with transaction() as session:
        gone = len(session.scalars(delete(RememberedBrowser).where(*one).returning(RememberedBrowser.user_id)).all())
        if gone:
            record("forget_browser", at=now, actor=actor, about=actor)
        return gone


def log_out(id_hash: str, *, now: datetime, actor: User | None) -> None:
    """End the session, so that a copy of its cookie is useless."""
    with transaction() as session:
        session.execute(delete(WebSession).where(WebSession.id_hash == id_hash))
        record("log_out", at=now, actor=actor, object_kind="user", object_id=actor.id if actor else None)


def remove_expired_sessions(now: datetime) -> int:
    """Returns how many were removed."""
    over = or_(WebSession.expires_at <= now, WebSession.created_at <= now - LONGEST_SESSION)
    removed = 0
    for key, old in ((WebSession.id_hash, over), (RememberedBrowser.mark_hash, RememberedBrowser.expires_at <= now)):
        if db.session.scalar(select(key).where(old).limit(1)) is not None:
            with transaction() as session:
                removed += len(session.scalars(delete(key.class_).where(old).returning(key)).all())
    return removed


def hash_token(token: str) -> str:
    """The stored hash of a cookie; the token is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


# --- Logging in by the password
def log_in(
    login: str, password: str, address: str, *, now: datetime, marks: attempts.Marks = attempts.NO_MARKS,
    browser: str = "",
) -> str:  # fmt: skip
    """Check the password and begin a session. Returns the secret for the cookie. `marks`: the users who are known in
    this browser; `browser`: its User-Agent. Raises LoginRefused, TooManyAttempts."""
    login, address = passwords.normal_login(login), address[: attempts.LONGEST_ADDRESS]
    attempt_id = attempts.count_attempt(login, address, marks, now)
    user = db.session.scalar(select(User).where(User.login == login, User.is_active))
    user_id = user.id if user else None
    if not passwords.password_matches(user, password) or user_id is None:
        log.warning("log-in refused", extra={"user": user_id, "address": address})
        raise LoginRefused
    if _is_old_first_password(user_id, now):
        raise FirstPasswordOver
    return begin_session(user_id, address, now=now, marks=marks, browser=browser, attempt_id=attempt_id)


class FirstPasswordOver(LoginRefused):
    """Said only to somebody who knows the password."""

    words = "Первый пароль действовал неделю и уже не подходит. Новый выдаст администратор."


def _is_old_first_password(user_id: int, now: datetime) -> bool:
    """Whether a password that an administrator has given was never replaced in time."""
    given = select(func.max(Event.at)).where(
        Event.object_kind == "user", Event.object_id == user_id, Event.action.in_(("create_user", "reset_password"))
    )
    old = select(User.id).where(
        User.id == user_id, User.must_change_password, given.scalar_subquery() <= now - INVITED_FOR
    )
    return db.session.scalar(old) is not None


# --- Invitations
INVITED_FOR = timedelta(days=7)  # so long a link and a first password work


class InvitationOver(ServiceError):
    """The key is wrong, used or too old."""

    words = "Ссылка больше не действует: пароль по ней уже задан или прошла неделя. Новую пришлёт администратор."


def invitation_key(user: User, now: datetime) -> str:
    """The secret of a link by which the user sets his first own password, once. It is not stored. It ends with
    INVITED_FOR, with any other password, and with any other address."""
    until = int((now + INVITED_FOR).timestamp())
    return str(signer("invitation").dumps([user.id, until, _mark(user)]))


def invited(key: str, *, now: datetime) -> User:
    """Who may set his password by this key. Raises InvitationOver."""
    try:
        user_id, until, mark = signer("invitation").loads(key)
    except (BadSignature, ValueError, TypeError):
        raise InvitationOver from None
    user = db.session.get(User, user_id)
    waits = user is not None and user.is_active and user.must_change_password and now.timestamp() < until
    if user is None or not waits or mark != _mark(user):
        raise InvitationOver
    return user


def _mark(user: User) -> str:
    return hash_token(f"{user.password_hash}\n{user.email}")[:32]


def accept_invitation(key: str, password: str, *, now: datetime) -> User:
    """Set the password of the user who was invited. Raises InvitationOver, MissingInput."""
    seen = invited(key, now=now)
    user_id, old_hash = seen.id, seen.password_hash
    new_hash = passwords.hash_password(password, seen.login, seen.name, shortest=passwords.shortest_password(user_id))
    with transaction() as session:
        user = session.get(User, user_id, populate_existing=True, with_for_update={"of": User, "key_share": True})
        if user is None or user.password_hash != old_hash:
            raise InvitationOver
        user.password_hash, user.must_change_password = new_hash, False
        session.execute(delete(WebSession).where(WebSession.user_id == user_id))
        record("accept_invitation", at=now, actor=user, about=user)
        return user
