"""A person of a directory: what it says of him; his row, made at his first log-in, blocked when he is gone there."""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select

from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.guarding.acts.leaving import switch_off
from osm.log.acts.record import record
from osm.login.acts.sessions import LoginRefused
from osm.models import Department, Source, User, Way, WebSession
from osm.people.acts.users import (
    LONGEST_EMAIL,
    LastAdministrator,
    create_user,
    edit_user,
    end_sessions,
    free_login,
    unblock_user,
)
from osm.regulation.errors import MissingInput
from osm.regulation.words import LEADERS, Role
from osm.settings.environment import ADDRESS


@dataclass(frozen=True, slots=True)
class Found:
    """A person of a directory. Empty texts: it does not say."""

    source: Source
    external_id: str
    login: str
    name: str
    email: str
    department: str
    roles: tuple[Role, ...]  # of his groups, by the table in the settings; none: he may not log in
    is_disabled: bool = False

    @property
    def may_enter(self) -> bool:
        return bool(self.roles) and not self.is_disabled


class DirectoryAway(ServiceError):
    """The directory or the provider gave no answer that can be believed. `why`: in Russian, for the administrator."""

    what = "Каталог пользователей"

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            f"{self.what} сейчас не отвечает ({why}), поэтому войти через него нельзя. Подождите несколько минут и "
            "попробуйте снова. Местные учётные записи работают."
        )


class ProviderAway(DirectoryAway):
    what = "Единый вход"


log = logging.getLogger(__name__)
_LONGEST = 200


class NoRights(ServiceError):
    """The directory knows the person, but no group of the settings has him."""

    words = (
        "Вам ещё не дали прав в программе: вас нет ни в одной из групп, которым они положены. "
        "Попросите администратора включить вас в группу и войдите снова."
    )


class NotLinked(ServiceError):
    """Another account has his login; it is not given to him because the name is the same."""

    def __init__(self, login: str) -> None:
        super().__init__(
            f"В программе уже есть другая учётная запись «{login}». Если она ваша, попросите администратора связать её "
            "с каталогом; до этого входите в неё как прежде."
        )


def let_in(found: Found, now: datetime) -> int:
    """The id of his row, which is made or brought up to date. Raises LoginRefused, NoRights, NotLinked."""
    if found.is_disabled:
        raise LoginRefused
    if not found.roles:
        raise NoRights
    try:
        with transaction():
            user = _row_of(found) or _create(found, now)
            return _bring_up_to_date(user, found, now).id
    except MissingInput:  # he logs in twice at the same moment
        known = _row_of(found)
        if known is None:
            raise
        return known.id


def follow(user_id: int, found: Found | None, now: datetime, source: Source) -> bool:
    """What the worker does with an answer of this source; whether it changed something."""
    with transaction():
        user = db.session.get(User, user_id, populate_existing=True)
        if user is None or not user.is_active or user.source is not source:
            return False
        if found is not None and found.external_id != user.external_id:
            log.warning("the answer is about another person", extra={"user": user_id})
            return False
        if found is None or not found.may_enter:
            return _leave(user, now)
        before = user.version
        return _bring_up_to_date(user, found, now).version != before


def _row_of(found: Found) -> User | None:
    """Found by the id; by the login only where an administrator has linked it and it was not used yet."""
    known = select(User).where(User.source == found.source, User.external_id == found.external_id)
    if (user := db.session.scalar(known)) is not None:
        return user
    same = db.session.scalar(select(User).where(User.login == found.login))
    if same is not None and same.source is not found.source:
        raise NotLinked(found.login)
    if same is None or same.external_id is not None:
        return None
    same.external_id = found.external_id
    return same


def _create(found: Found, now: datetime) -> User:
    return create_user(
        free_login(found.name, f"{found.login}@"), found.name[:_LONGEST], found.roles, None, source=found.source,
        external_id=found.external_id, email=_email(found), department_id=_department(found), now=now,
    )  # fmt: skip


def _bring_up_to_date(user: User, found: Found, now: datetime) -> User:
    if not user.is_active:
        if user.gone_at is None:  # an administrator has blocked him
            raise LoginRefused
        unblock_user(user.id, user.version, actor=None, now=now)
    if user.login != found.login and (new := free_login(found.name, f"{found.login}@")) == found.login:
        user.login = new
        record("edit_user", at=now, actor=None, about=user, changes={"fields": ([], ["login"])})
    given: dict[str, object] = {
        "name": found.name[:_LONGEST],
        "email": _email(found) or user.email,
        "department_id": _department(found) or user.department_id,
    }
    differs = any(getattr(user, name) != value for name, value in given.items())
    if not differs and user.own_roles == frozenset(found.roles):
        return user
    return _edit(user, found.roles, given, now)


def _edit(user: User, roles: tuple[Role, ...], given: dict[str, object], now: datetime) -> User:
    post = user.post if Role.HEAD in roles or user.post not in LEADERS else None
    same = {"position": user.position, "phone": user.phone, "post": post, "actor": None, "now": now, **given}
    try:
        return edit_user(user.id, user.version, roles=roles, **same)  # type: ignore[arg-type]
    except LastAdministrator:
        log.warning("the last administrator keeps this role", extra={"user": user.id})
        return edit_user(user.id, user.version, roles=(*roles, Role.ADMIN), **same)  # type: ignore[arg-type]


def _leave(user: User, now: datetime) -> bool:
    """Block him as an administrator would. The last administrator only loses his sessions: he cannot come back."""
    try:
        switch_off(user.id, user.version, actor=None, now=now)
    except LastAdministrator:
        log.warning("the last administrator has gone from the directory", extra={"user": user.id})
        return bool(end_sessions(user.id, user.version, actor=None, now=now))
    user.gone_at = now
    return True


def _email(found: Found) -> str:
    return found.email if len(found.email) <= LONGEST_EMAIL and ADDRESS.fullmatch(found.email) else ""


def _department(found: Found) -> int | None:
    """The department of this name, if the office has it; compared here, because SQLite cannot lower-case Russian."""
    wanted = found.department.casefold()
    rows = db.session.execute(
        select(Department.id, Department.name, Department.short_name).where(Department.archived_at.is_(None))
    )
    return next((row.id for row in rows if wanted and wanted in (row.name.casefold(), row.short_name.casefold())), None)


def people_of(source: Source) -> list[tuple[int, str]]:
    """Id and external id of those who may log in and have done so."""
    wanted = select(User.id, User.external_id).where(User.source == source, User.is_active).order_by(User.id)
    return [(user_id, external_id) for user_id, external_id in db.session.execute(wanted) if external_id]


def source_of(login: str) -> Source | None:
    return db.session.scalar(select(User.source).where(User.login == login))


def tokens_of(id_hash: str) -> str | None:
    """What the provider gave with this session."""
    return db.session.scalar(select(WebSession.provider_tokens).where(WebSession.id_hash == id_hash))


def sessions_to_ask_about(now: datetime) -> list[tuple[str, int, str]]:
    """Hash, user and tokens of the sessions that a provider has opened."""
    live = (
        select(WebSession.id_hash, WebSession.user_id, WebSession.provider_tokens)
        .join(User, User.id == WebSession.user_id)
        .where(User.source == Source.OIDC, WebSession.way == Way.OIDC)
        .where(WebSession.expires_at > now, WebSession.provider_tokens.is_not(None))
    )
    rows = db.session.execute(live.order_by(WebSession.created_at))
    return [(id_hash, user_id or 0, tokens or "") for id_hash, user_id, tokens in rows]


def keep_tokens(id_hash: str, tokens: str) -> None:
    with transaction() as session:
        row = session.get(WebSession, id_hash, populate_existing=True)
        if row is not None:
            row.provider_tokens = tokens


def end_session(id_hash: str, now: datetime) -> int:
    """The provider gives no new tokens for it."""
    with transaction():
        return _end(WebSession.id_hash == id_hash, now)


def end_sessions_of(external_id: str | None, sid: str | None, now: datetime) -> int:
    """Those of this person, of this session of the provider, or both, in the caller's transaction."""
    over = WebSession.way == Way.OIDC
    if sid:
        over &= WebSession.provider_sid == sid
    if external_id:
        person = select(User.id).where(User.source == Source.OIDC, User.external_id == external_id)
        over &= WebSession.user_id.in_(person)
    return _end(over, now)


def _end(over: ColumnElement[bool], now: datetime) -> int:
    gone = db.session.scalars(delete(WebSession).where(over).returning(WebSession.user_id)).all()
    for user_id in sorted(filter(None, set(gone))):
        changes = {"sessions": (gone.count(user_id), 0)}
        record("end_sessions", at=now, actor=None, object_kind="user", object_id=user_id, changes=changes)
    return len(gone)
