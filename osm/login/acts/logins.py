"""Log in by the password, and set the first one by an invitation."""

import logging
from datetime import datetime, timedelta

from itsdangerous import BadSignature
from sqlalchemy import delete, func, select

from osm.base.database import db
from osm.base.durable import signer
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.login.acts import attempts, passwords
from osm.login.acts.sessions import LoginRefused, begin_session, hash_token
from osm.models import Event, User, WebSession

log = logging.getLogger(__name__)


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

    def __init__(self) -> None:
        super().__init__(
            "Ссылка больше не действует: пароль по ней уже задан или прошла неделя. Новую пришлёт администратор."
        )


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
