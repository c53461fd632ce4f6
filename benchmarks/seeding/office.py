"""The office of the benchmarks: that of the demonstration with forty more executors, so that fifty people can click."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy import select

from benchmarks.seeding.life import Office
from osm.base.database import db
from osm.base.transaction import transaction
from osm.demo.story import read_texts
from osm.models import Department, Topic, User, UserRole
from osm.regulation.words import Role

MORE = [
    *((f"curator{number}", Role.CURATOR) for number in range(1, 5)),
    *((f"executor{number}", Role.EXECUTOR) for number in range(1, 41)),
]
"""People that the demonstration does not have: login and role."""

#: Stored in the hash: the log-in of fifty people is not to be measured.
_quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def password_of(login: str) -> str:
    return f"demo-{login}"


def hire(now: datetime) -> Office:
    """Store everybody. Their passwords are `demo-` and the login."""
    words = read_texts("office")
    with transaction() as session:
        departments = {
            raw["key"]: Department(
                name=raw["name"],
                short_name=raw["short"],
                phone=raw["phone"],
                topics=[Topic(name=name) for name in raw["topics"]],
            )
            for raw in words["department"]
        }
        session.add_all(departments.values())
        for raw in words["person"]:
            session.add(
                _person(raw["login"], raw["name"], raw["roles"], departments.get(raw.get("department", "")), now)
            )
        with_topics = [department for department in departments.values() if department.topics]
        for number, (login, role) in enumerate(MORE):
            department = with_topics[number % len(with_topics)]
            session.add(_person(login, f"Сотрудник {login}", [role], department, now))
    return office()


def _person(login: str, name: str, roles: Iterable[str], department: Department | None, now: datetime) -> User:
    return User(
        login=login,
        name=name,
        password_hash=_quick.hash(password_of(login)),
        is_demo=True,
        created_at=now,
        department=department,
        role_rows=[UserRole(role=Role(role)) for role in roles],
    )


def office() -> Office:
    """The people who work here."""
    users = db.session.scalars(select(User).order_by(User.id)).all()
    return Office(
        curators=[user.id for user in users if user.has(Role.CURATOR)],
        executors=[
            (user.id, user.department.id, user.department.short_name)
            for user in users
            if user.has(Role.EXECUTOR) and user.department
        ],
        topics=[
            (topic.id, topic.name, topic.department_id)
            for topic in db.session.scalars(select(Topic).order_by(Topic.id))
        ],
    )
