"""Messages of ПОС: who may see which, the list, what waits, and ratings by department and topic."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from osm.base.database import db
from osm.base.types import Span
from osm.models import Department, PortalMessage, Topic, User, UserRole
from osm.regulation.words import Role

SHOWN = 200
_IS_OPEN = PortalMessage.closed_at.is_(None)


def seen_by(person_id: Any, absent: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition on PortalMessage: curators see all, executors those of their department and of whom they replace.
    `absent`: ids of the colleagues that the person replaces. Takes values or bind parameters."""
    return true() if Role.CURATOR in roles else _assigned_to(person_id, absent, roles)


def _assigned_to(person_id: Any, absent: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    if Role.EXECUTOR not in roles:
        return false()
    theirs = select(User.department_id).where(or_(User.id == person_id, User.id.in_(absent)))
    return PortalMessage.department_id.in_(theirs)


def portal_waits(person_id: Any, absent: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition that it waits for this person: to be answered by his department; for the curator, to be given to
    one, also where the one that has it has no executor."""
    nobodys = ~has_executor() if Role.CURATOR in roles else false()
    return and_(_IS_OPEN, or_(nobodys, _assigned_to(person_id, absent, roles)))


def has_executor() -> ColumnElement[bool]:
    """Whether a department has it that can answer it."""
    executor = User.role_rows.any(UserRole.role == Role.EXECUTOR)
    return exists().where(User.department_id == PortalMessage.department_id, User.is_active, executor)


def listed(seen: ColumnElement[bool], *, closed: bool, before: int | None = None) -> Sequence[PortalMessage]:
    """Open ones by term; closed ones newest first, `before` this id."""
    found = _whole().where(seen, ~_IS_OPEN if closed else _IS_OPEN).limit(SHOWN)
    if before is not None:
        found = found.where(PortalMessage.id < before)
    by = (PortalMessage.id.desc(),) if closed else (PortalMessage.due_at.is_(None), PortalMessage.due_at)
    return db.session.scalars(found.order_by(*by, PortalMessage.id)).all()


def waiting(ids: Collection[int]) -> Sequence[PortalMessage]:
    return db.session.scalars(_whole().where(PortalMessage.id.in_(ids))).all()


def message(row_id: int, seen: ColumnElement[bool]) -> PortalMessage | None:
    found: PortalMessage | None = db.session.scalar(_whole().where(PortalMessage.id == row_id, seen))
    return found


def _whole() -> Any:
    return select(PortalMessage).options(
        joinedload(PortalMessage.topic), joinedload(PortalMessage.department), joinedload(PortalMessage.closed_by)
    )


# --- Ratings
def figures(span: Span, now: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    """Of the messages that ПОС received in these days, by department and by topic. `late`: closed after the term of
    ПОС, or still open after it."""
    return _by(Department, PortalMessage.department_id, span, now), _by(Topic, PortalMessage.topic_id, span, now)


def _by(model: Any, column: Any, span: Span, now: Any) -> Sequence[Any]:
    late = PortalMessage.due_at < func.coalesce(PortalMessage.closed_at, now)
    counted = {
        "received": true(),
        "closed": ~_IS_OPEN,
        "late": late,
        "rated": PortalMessage.satisfied.is_not(None),
        "satisfied": PortalMessage.satisfied.is_(True),
    }
    found = (
        select(
            func.coalesce(model.name, "").label("name"),
            *(func.count(PortalMessage.id).filter(condition).label(name) for name, condition in counted.items()),
        )
        .select_from(PortalMessage)
        .outerjoin(model, model.id == column)
        .where(span.holds(PortalMessage.received_at))
        .group_by(model.name)
        .order_by(model.name.nulls_first())
    )
    return db.session.execute(found).all()
