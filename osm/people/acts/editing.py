"""What an administrator does with users: edit, block, link, reset the password, end the sessions.

Each of these acts checks and raises the version and is logged; one administrator must always remain.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select

from osm.base.database import db
from osm.base.errors import ServiceError, must_exist
from osm.base.transaction import transaction
from osm.flow.acts.moving import locked, settle
from osm.log.acts.record import Change, record
from osm.login.acts import passwords, second_factor
from osm.models import PlanFeed, RememberedBrowser, Source, User, UserRole, WebSession
from osm.people.acts import users
from osm.regulation.control import MailMode
from osm.regulation.errors import MissingInput
from osm.regulation.words import Post, Role


class LastAdministrator(ServiceError):
    """Without this administrator there would be no one to give out rights."""

    def __init__(self) -> None:
        super().__init__(
            "Это последний действующий администратор: без него никто не сможет управлять доступом. "
            "Ничего не изменено. Сначала дайте роль администратора другому сотруднику."
        )


class OwnPassword(ServiceError):
    """What one does not do to one's own account here."""


class NoSecondFactor(ServiceError):
    """There is nothing to reset."""

    def __init__(self) -> None:
        super().__init__("Второго фактора у сотрудника нет. Ничего не изменено.")


@dataclass
class _Edit:
    """An edit of a user; `changes` go to the log."""

    user: User
    changes: dict[str, Change] = field(default_factory=dict)


def edit_user(
    user_id: int, version: int, *, name: str, position: str, phone: str, department_id: int | None,
    roles: Collection[Role], post: Post | None = None, email: str | None = None, without_mail: bool | None = None,
    actor: User | None, now: datetime,
) -> User:  # fmt: skip
    """Change all but the login and what is None; a change of roles ends the sessions. Raises MissingInput,
    StaleVersion, LastAdministrator."""
    about, granted = users.described(name, position, phone, email or ""), users.granted_roles(roles)
    if email is None:
        del about["email"]
    users.check_post(post, granted)
    with _edit("edit_user", user_id, version, actor, now, stays_admin=Role.ADMIN in granted) as edit:
        user = edit.user
        if user.owns(Role.AUDITOR) or Role.AUDITOR in granted:
            granted = sorted(user.own_roles)  # neither becomes the other
        users.check_vacant(post, user_id)
        if post and not user.is_active:
            raise MissingInput("post", "Сотрудник заблокирован: должность ему не дать. Сначала разблокируйте.")
        edit.changes = _differences(user, about, department_id, granted) | {"post": (user.post, post)}
        user.post = post
        if without_mail is not None and without_mail != (user.mail_mode is MailMode.NONE):
            mode = MailMode.NONE if without_mail else MailMode.AT_ONCE
            edit.changes["mail_mode"], user.mail_mode = (user.mail_mode, mode), mode
        if department_id and department_id != user.department_id:
            users.offered_department(department_id)
        for name_of, value in about.items():
            setattr(user, name_of, value)
        user.department_id = department_id
        if set(granted) != user.own_roles:
            edit.changes["sessions"] = (_end_sessions(user_id), 0)
        kept = {row.role: row for row in user.role_rows}
        user.role_rows = [kept.get(role) or UserRole(role=role) for role in granted]
        return user


def block_user(user_id: int, version: int, *, actor: User | None, now: datetime) -> User:
    """Block log-ins and end the sessions and the calendar address at once. The row stays, because the log names it."""
    with _edit("block_user", user_id, version, actor, now, stays_admin=False) as edit:
        edit.changes = {
            "is_active": (edit.user.is_active, False),
            "sessions": (_end_sessions(user_id), 0),
            "post": (edit.user.post, None),
        }
        _end_plan_feed(user_id, actor, now)
        _forget_browsers(user_id)
        edit.user.is_active, edit.user.post, edit.user.gone_at = False, None, None
        return edit.user


def unblock_user(user_id: int, version: int, *, actor: User | None, now: datetime) -> User:
    """Unblock the user; the password stays the same."""
    with _edit("unblock_user", user_id, version, actor, now) as edit:
        edit.changes = {"is_active": (edit.user.is_active, True)}
        edit.user.is_active, edit.user.gone_at = True, None
        return edit.user


def link_user(user_id: int, version: int, *, source: Source, actor: User | None, now: datetime) -> User:
    """From now on this source says who the person is: the next who comes from there with his login. The password here
    and his sessions end. With LOCAL it is a local account again, which needs a new password. Raises LastAdministrator.
    """
    with _edit("link_user", user_id, version, actor, now, stays_admin=False) as edit:
        user = edit.user
        edit.changes = {"source": (user.source, source), "sessions": (_end_sessions(user_id), 0)}
        _forget_browsers(user_id)
        user.source, user.external_id, user.gone_at = source, None, None
        user.password_hash, user.must_change_password = "", False
        return user


def reset_password(user_id: int, version: int, *, password: str, actor: User | None, now: datetime) -> User:
    """Set a first password that the user must change; his sessions and calendar address end. Raises OwnPassword for
    one's own account."""
    if actor is not None and actor.id == user_id:
        raise OwnPassword("Свой пароль меняют на странице «Сменить пароль». Ничего не изменено.")
    # Hashing is slow on purpose, so it is done outside the transaction.
    seen = must_exist(db.session.get(User, user_id), "Учётная запись")
    if seen.source is not Source.LOCAL:
        raise ServiceError("Пароль этого сотрудника — в каталоге организации, здесь его не выдают. Ничего не изменено.")
    password_hash = passwords.hash_password(password, seen.login, seen.name)
    with _edit("reset_password", user_id, version, actor, now) as edit:
        edit.changes = {"sessions": (_end_sessions(user_id), 0)}
        _end_plan_feed(user_id, actor, now)
        _forget_browsers(user_id)
        edit.user.password_hash, edit.user.must_change_password = password_hash, True
        return edit.user


def reset_second_factor(user_id: int, version: int, *, actor: User | None, now: datetime) -> User:
    """Let a person who has lost telephone and paper log in by the first factor alone; his sessions end. Raises
    OwnPassword for one's own account, `actor` None: the command of the server."""
    if actor is not None and actor.id == user_id:
        raise OwnPassword("Свой второй фактор сбросить нельзя: это делает другой администратор. Ничего не изменено.")
    with _edit("reset_second_factor", user_id, version, actor, now) as edit:
        if not second_factor.remove_factor(user_id):
            raise NoSecondFactor
        edit.changes = {"sessions": (_end_sessions(user_id), 0)}
        return edit.user


def end_sessions(user_id: int, version: int, *, actor: User | None, now: datetime, keep_session: str = "") -> int:
    """Log the user out everywhere but in `keep_session` (the hash of one's own session). Returns how many ended."""
    with _edit("end_sessions", user_id, version, actor, now) as edit:
        ended = _end_sessions(user_id, keep_session)
        edit.changes = {"sessions": (ended, 0)}
        return ended


@contextmanager
def _edit(
    action: str, user_id: int, version: int, actor: User | None, now: datetime, *, stays_admin: bool = True
) -> Iterator[_Edit]:
    """Yield the row if its version is the one seen; then raise the version and write the log."""
    with transaction():
        administrators = set() if stays_admin else _administrators()
        edit = _Edit(locked(User, user_id, version, "Учётная запись"))
        if administrators == {user_id}:
            raise LastAdministrator
        yield edit
        settle(action, edit.user, edit.changes, actor=actor, now=now)


def _administrators() -> set[int]:
    """The active administrators who can log in: a linked one is known there only after his first log-in. Their rows are
    locked first and in one order, so that two who block each other take turns."""
    rows = db.session.scalars(
        select(UserRole.user_id)
        .join(User, User.id == UserRole.user_id)
        .where(UserRole.role == Role.ADMIN, User.is_active)
        .where(or_(User.password_hash != "", User.external_id.is_not(None)))
        .order_by(UserRole.user_id)
        .with_for_update(key_share=True)
    )
    return set(rows)


def _differences(
    user: User, about: Mapping[str, str], department_id: int | None, granted: list[Role]
) -> dict[str, Change]:
    """Old and new ids and codes; of texts only the names of the fields, because the log keeps no texts."""
    before: dict[str, Any] = {name: getattr(user, name) for name in about}
    edited = [name for name, value in about.items() if value != before[name]]
    return {
        "roles": (sorted(user.own_roles), granted),
        "department_id": (user.department_id, department_id),
        "fields": ([], edited),
    }


def _end_sessions(user_id: int, keep: str = "") -> int:
    gone = delete(WebSession).where(WebSession.user_id == user_id, WebSession.id_hash != keep)
    return len(db.session.scalars(gone.returning(WebSession.id_hash)).all())


def _forget_browsers(user_id: int) -> None:
    db.session.execute(delete(RememberedBrowser).where(RememberedBrowser.user_id == user_id))


def _end_plan_feed(user_id: int, actor: User | None, now: datetime) -> None:
    """Revoke the secret address of the plan's calendar for good."""
    feed = db.session.get(PlanFeed, user_id, populate_existing=True)
    if feed is not None and feed.secret_hash:
        feed.version, feed.secret_hash, feed.made_at = feed.version + 1, None, now
        record("plan_feed_off", at=now, actor=actor, object_kind="user", object_id=user_id)
