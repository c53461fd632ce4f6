"""One user with what an administrator must know before he changes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from osm.extensions import db
from osm.regulation.words import Post, Role
from osm.regulation.workflow import OPEN
from osm.store.models import Assignment, Department, Event, Message, User, UserRole, WebSession


@dataclass(frozen=True, slots=True)
class UserDetails:
    """The user as stored. `sessions`: on how many devices the person is logged in now."""

    id: int
    login: str
    name: str
    position: str
    phone: str
    department_id: int | None
    post: Post | None
    supervised: tuple[tuple[int, str], ...]
    """The departments that are his matter, id and name."""
    roles: tuple[Role, ...]
    is_active: bool
    must_change_password: bool
    version: int
    created_at: datetime
    last_login: datetime | None
    sessions: int
    in_work: int
    """Open messages whose answer this person prepares: before a block they are given to somebody else."""
    is_last_admin: bool


def user(user_id: int, now: datetime) -> UserDetails | None:
    """The user, None where there is none."""
    user = db.session.get(User, user_id)
    if user is None:
        return None
    supervised = select(Department.id, Department.name).where(Department.supervisor_id == user_id)
    return UserDetails(
        id=user.id,
        login=user.login,
        name=user.name,
        position=user.position,
        phone=user.phone,
        department_id=user.department_id,
        post=user.post,
        supervised=tuple(db.session.execute(supervised).tuples()),
        roles=tuple(role for role in Role if role in user.own_roles),
        is_active=user.is_active,
        must_change_password=user.must_change_password,
        version=user.version,
        created_at=user.created_at,
        last_login=db.session.scalar(
            select(func.max(Event.at)).where(Event.actor_id == user_id, Event.action == "log_in")
        ),
        sessions=_count(select(func.count()).where(WebSession.user_id == user_id, WebSession.expires_at > now)),
        in_work=_count(
            select(func.count(Message.id.distinct()))
            .join(Assignment, Assignment.message_id == Message.id)
            .where(Assignment.executor_id == user_id, Assignment.ended_at.is_(None), Message.status.in_(OPEN))
        ),
        is_last_admin=user.is_active and user.owns(Role.ADMIN) and not _another_administrator(user_id),
    )


def offered_departments(also: int | None = None) -> list[tuple[int, str]]:
    """Id and name of the departments that can be chosen; `also`: one that is chosen already, whatever became of it."""
    rows = db.session.execute(
        select(Department.id, Department.name)
        .where(Department.archived_at.is_(None) | (Department.id == also))
        .order_by(Department.name)
    )
    return [(department_id, name) for department_id, name in rows]


def _another_administrator(user_id: int) -> bool:
    other = exists().where(UserRole.user_id == User.id, UserRole.role == Role.ADMIN, User.is_active, User.id != user_id)
    return bool(db.session.scalar(select(other)))


def _count(statement: object) -> int:
    return int(db.session.scalar(statement) or 0)  # type: ignore[call-overload]
