"""Whom a message can be directed to: active executors by department, and the topics with their departments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.words import Role
from osm.store.models import Department, Topic, User, UserRole
from osm.store.queries.staff.substitutes import Roster, away_words

NO_DEPARTMENT = "Без отдела"


@dataclass(frozen=True, slots=True)
class Executor:
    """Somebody who can be asked to prepare an answer."""

    id: int
    name: str
    department_id: int | None
    department: str
    away: str = ""
    """«отсутствует по 30.11, замещает: Борис Ежов», where he is away today (П.3)."""
    can_get: bool = True
    """False: he is away and nobody stands in."""


@dataclass(frozen=True, slots=True)
class ExecutorGroup:
    """The executors of one department, under its short name."""

    department: str
    executors: tuple[Executor, ...]


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """A topic and the department whose competence it is."""

    id: int
    name: str
    department_id: int | None


@dataclass(frozen=True, slots=True)
class RoutingChoices:
    """What the forms of routing offer."""

    groups: tuple[ExecutorGroup, ...]
    topics: tuple[TopicChoice, ...]

    def topic(self, topic_id: int | None) -> TopicChoice | None:
        """One of the topics that are offered."""
        return next((topic for topic in self.topics if topic.id == topic_id), None)

    def executor(self, executor_id: int | None) -> Executor | None:
        """One of the executors who can get something today."""
        people = (person for group in self.groups for person in group.executors)
        return next((person for person in people if person.id == executor_id and person.can_get), None)

    def executor_for(self, topic_id: int | None) -> int | None:
        """The first executor of the department that answers for the topic; None: the curator chooses."""
        topic = self.topic(topic_id)
        department_id = topic.department_id if topic else None
        if department_id is None:
            return None
        candidates = (person for group in self.groups for person in group.executors)
        return next((p.id for p in candidates if p.department_id == department_id and p.can_get), None)

    def beginning_with(self, executor_id: int | None) -> RoutingChoices:
        """The same with the department of this executor on top of the list, where there is one."""
        groups = sorted(self.groups, key=lambda group: all(one.id != executor_id for one in group.executors))
        return replace(self, groups=tuple(groups))


@dataclass(frozen=True, slots=True)
class Administrator:
    """Whom to ask for rights."""

    name: str
    phone: str


def administrators() -> tuple[Administrator, ...]:
    """Those who give out rights."""
    found = db.session.execute(
        select(User.name, User.phone)
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role == Role.ADMIN, User.is_active)
        .order_by(User.name)
    )
    return tuple(Administrator(name, phone) for name, phone in found)


def routing_choices(roster: Roster) -> RoutingChoices:
    """Two statements, whatever the number of people; `roster`: who of them is away."""
    people = db.session.execute(
        select(User.id, User.name, User.department_id, Department.short_name)
        .join(UserRole, UserRole.user_id == User.id)
        .outerjoin(Department, Department.id == User.department_id)
        .where(UserRole.role == Role.EXECUTOR, User.is_active)
        .order_by(Department.short_name.is_(None), Department.short_name, User.name, User.id)
    )
    executors = [
        Executor(i, name, department_id, short or NO_DEPARTMENT, away_words(i, roster), roster.stand_in(i) is not None)
        for i, name, department_id, short in people
    ]
    topics = db.session.execute(
        select(Topic.id, Topic.name, Topic.department_id).where(Topic.archived_at.is_(None)).order_by(Topic.name)
    )
    return RoutingChoices(
        groups=tuple(
            ExecutorGroup(department, tuple(members))
            for department, members in groupby(executors, key=lambda person: person.department)
        ),
        topics=tuple(TopicChoice(*row) for row in topics),
    )
