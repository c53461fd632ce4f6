"""Which messages a person may know of: press centre and head all, an executor his own and his department's (П.3)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, false, or_, select, true

from osm.extensions import db
from osm.regulation.words import PRESS_CENTRE, Role
from osm.store.models import Assignment, Message, User

SEE_EVERYTHING = frozenset({*PRESS_CENTRE, Role.HEAD})


def visible_to(user: User) -> ColumnElement[bool]:
    """The condition on Message. Former assignments count too: their executor must be able to say what he did."""
    if not user.roles.isdisjoint(SEE_EVERYTHING):
        return true()
    if not user.has(Role.EXECUTOR):
        return false()
    whose = [Assignment.executor_id == user.id]
    if user.department_id is not None:
        whose.append(Assignment.department_id == user.department_id)
    return exists().where(Assignment.message_id == Message.id, or_(*whose))


def was_recalled(message_id: int) -> bool:
    """Whether the load that brought the message was taken back."""
    return bool(db.session.scalar(select(exists().where(Message.id == message_id, Message.recalled_at.is_not(None)))))


def may_see(user: User, message_id: int) -> bool:
    """Whether this person may know of this message; of one whose load was taken back nobody does."""
    asked = exists().where(Message.id == message_id, Message.recalled_at.is_(None), visible_to(user))
    return bool(db.session.scalar(select(asked)))
