"""What a new office still lacks before it can work with messages."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Exists, exists, select

from osm.extensions import db
from osm.regulation.words import Role
from osm.store.models import Department, Topic, User, UserRole


class Step(StrEnum):
    """In the order in which they are taken: topics belong to departments, and so do people."""

    DEPARTMENTS = "departments"
    TOPICS = "topics"
    CURATOR = "curator"
    EXECUTOR = "executor"


def first_steps() -> list[Step]:
    """The steps that nobody has taken yet; none in an office that works."""
    done = {
        Step.DEPARTMENTS: exists().where(Department.archived_at.is_(None)),
        Step.TOPICS: exists().where(Topic.archived_at.is_(None)),
        Step.CURATOR: _somebody_is(Role.CURATOR),
        Step.EXECUTOR: _somebody_is(Role.EXECUTOR),
    }
    answers = db.session.execute(select(*done.values())).one()
    return [step for step, is_done in zip(done, answers, strict=True) if not is_done]


def _somebody_is(role: Role) -> Exists:
    return exists().where(UserRole.user_id == User.id, UserRole.role == role, User.is_active)
