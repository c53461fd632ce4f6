"""Who holds the posts of the act, and whose matter each department is (П.19, П.20; пп. 4 and 5 of the act)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from osm.extensions import db
from osm.regulation.words import LEADERS, Post
from osm.store.models import Department, Office, User

OFFICE_ID = 1
"""The number of the only row."""
DETAILS = ("name", "inn", "letterhead", "site", "responsible", "phones", "duty_phones")


@dataclass(frozen=True, slots=True)
class Leader:
    """Somebody with a post; `supervised`: the ids of his departments («курируемые вопросы»)."""

    id: int
    name: str
    position: str
    phone: str
    post: Post
    supervised: frozenset[int]


def office() -> Office:
    """What the administration says of itself; nothing yet where nobody has written it down."""
    return db.session.get(Office, OFFICE_ID) or Office(id=OFFICE_ID, version=1, **dict.fromkeys(DETAILS, ""))


def leaders() -> tuple[Leader, ...]:
    """Everybody with a post, in the order of the posts, then by name; two statements."""
    supervised: dict[int, set[int]] = {}
    for department_id, user_id in db.session.execute(
        select(Department.id, Department.supervisor_id).where(Department.supervisor_id.is_not(None))
    ).tuples():
        supervised.setdefault(user_id or 0, set()).add(department_id)
    people = db.session.scalars(select(User).where(User.post.is_not(None)).options(lazyload("*"))).all()
    found = [
        Leader(
            person.id, person.name, person.position, person.phone, person.post, frozenset(supervised.get(person.id, ()))
        )
        for person in people
        if person.post is not None
    ]
    return tuple(sorted(found, key=lambda leader: (list(Post).index(leader.post), leader.name)))


def chief_of_staff(people: tuple[Leader, ...]) -> Leader | None:
    """Who controls the work (п. 5 of the act): the chief of staff, the head while that post is vacant."""
    held = {leader.post: leader for leader in people}
    return held.get(Post.CHIEF_OF_STAFF) or held.get(Post.HEAD)


def supervised_by(user_id: int) -> frozenset[int]:
    """The departments of one leader."""
    return frozenset(db.session.scalars(select(Department.id).where(Department.supervisor_id == user_id)))


def unsupervised() -> tuple[str, ...]:
    """The names of the departments that are nobody's matter."""
    leads = select(User.id).where(User.post.in_(LEADERS))
    nobodys = Department.supervisor_id.is_(None) | Department.supervisor_id.not_in(leads)
    rows = select(Department.name).where(Department.archived_at.is_(None), nobodys).order_by(Department.name)
    return tuple(db.session.scalars(rows))


def people_to_supervise(also: int | None = None) -> list[tuple[int, str]]:
    """Id and name of the leaders who may have a department; `also`: who has it already, whatever became of him."""
    rows = db.session.execute(
        select(User.id, User.name, User.position, User.post)
        .where(User.post.in_(LEADERS) | (User.id == also))
        .order_by(User.name)
    )
    return [
        (user_id, name + (f" ({position})" if position else "") + ("" if post else ", должности больше нет"))
        for user_id, name, position, post in rows
    ]
