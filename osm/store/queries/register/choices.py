"""What the filters of the register offer: everything that a message may have, archived or not."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, or_, select

from osm.extensions import db
from osm.regulation.words import Role
from osm.store.models import Department, Topic, User, UserRole

Choices = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """Id and name of each, in the order of the names."""

    topics: Choices
    departments: Choices
    executors: Choices


def filter_choices(chosen_executor: int | None = None) -> FilterChoices:
    """Three statements. Somebody who is an executor no longer is offered where he is chosen already."""
    works = exists().where(UserRole.user_id == User.id, UserRole.role == Role.EXECUTOR)
    executors = select(User.id, User.name).where(or_(works, User.id == chosen_executor))
    return FilterChoices(
        topics=_named(select(Topic.id, Topic.name).order_by(Topic.name)),
        departments=_named(select(Department.id, Department.short_name).order_by(Department.short_name)),
        executors=_named(executors.order_by(User.name, User.id)),
    )


def _named(query: object) -> Choices:
    return tuple((number, name) for number, name in db.session.execute(query))  # type: ignore[call-overload]
