"""People as forms and lists need them: leaders, executors to route to, administrators, users, departments."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, lazyload, load_only

from osm.base.database import db
from osm.base.types import OfRow, of_rows, with_columns
from osm.log.models import READ
from osm.models import AuditAccess, Department, Event, Office, Topic, User, UserRole, WebSession
from osm.people.queries.absences import Roster, away_words
from osm.regulation.control import MailMode
from osm.regulation.words import LEADERS, Labelled, Post, Role

# --- Leaders and their departments (П.19, П.20)
OFFICE_ID = 1  # the id of the only row
DETAILS = ("name", "inn", "letterhead", "site", "responsible", "phones", "duty_phones")


@dataclass(frozen=True, slots=True)
class Leader(OfRow):
    """A person with a post; `supervised`: the ids of his departments («курируемые вопросы»)."""

    row: User
    supervised: frozenset[int]


def office() -> Office:
    """The details of the administration; empty if not filled in yet."""
    return db.session.get(Office, OFFICE_ID) or Office(id=OFFICE_ID, version=1, **dict.fromkeys(DETAILS, ""))


def leaders() -> tuple[Leader, ...]:
    """All people with a post, by post and name, in two statements."""
    supervised: dict[int, set[int]] = {}
    for department_id, user_id in db.session.execute(
        select(Department.id, Department.supervisor_id).where(Department.supervisor_id.is_not(None))
    ):
        supervised.setdefault(user_id or 0, set()).add(department_id)
    people = db.session.scalars(select(User).where(User.post.is_not(None)).options(lazyload("*"))).all()
    found = [Leader(person, frozenset(supervised.get(person.id, ()))) for person in people]
    return tuple(sorted(found, key=lambda leader: (list(Post).index(leader.post), leader.name)))


def chief_of_staff(people: tuple[Leader, ...]) -> Leader | None:
    """Who controls the work (п. 5 of the Postanovlenie): the chief of staff, or the head if that post is vacant."""
    held = {leader.post: leader for leader in people}
    return held.get(Post.CHIEF_OF_STAFF) or held.get(Post.HEAD)


def supervised_by(user_id: int) -> frozenset[int]:
    return frozenset(db.session.scalars(select(Department.id).where(Department.supervisor_id == user_id)))


def unsupervised() -> tuple[str, ...]:
    """The names of departments without a supervisor."""
    leads = select(User.id).where(User.post.in_(LEADERS))
    nobodys = Department.supervisor_id.is_(None) | Department.supervisor_id.not_in(leads)
    rows = select(Department.name).where(Department.archived_at.is_(None), nobodys).order_by(Department.name)
    return tuple(db.session.scalars(rows))


def people_to_supervise(also: int | None = None) -> list[tuple[int, str]]:
    """Id and name of leaders who may supervise a department, and `also` in any case."""
    rows = db.session.execute(
        select(User.id, User.name, User.position, User.post)
        .where(User.post.in_(LEADERS) | (User.id == also))
        .order_by(User.name)
    )
    return [
        (user_id, name + (f" ({position})" if position else "") + ("" if post else ", должности больше нет"))
        for user_id, name, position, post in rows
    ]


# --- Routing
NO_DEPARTMENT = "Без отдела"


@dataclass(frozen=True, slots=True)
class Executor:
    id: int
    name: str
    department_id: int | None
    department: str
    away: str = ""  # «отсутствует по 30.11, замещает: Борис Ежов», if he is away today (П.3)
    can_get: bool = True  # false: he is away and has no substitute


@dataclass(frozen=True, slots=True)
class ExecutorGroup:
    """The executors of a department, under its short name."""

    department: str
    executors: tuple[Executor, ...]


@dataclass(frozen=True, slots=True)
class RoutingChoices:
    groups: tuple[ExecutorGroup, ...]
    topics: tuple[Topic, ...]

    def topic(self, topic_id: int | None) -> Topic | None:
        return next((topic for topic in self.topics if topic.id == topic_id), None)

    def executor(self, executor_id: int | None) -> Executor | None:
        """The executor, if he can get messages today."""
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
        """The same with the department of this executor first."""
        groups = sorted(self.groups, key=lambda group: all(one.id != executor_id for one in group.executors))
        return replace(self, groups=tuple(groups))


def administrators() -> Sequence[User]:
    wanted = select(User).join(UserRole, UserRole.user_id == User.id).options(lazyload("*"))
    return db.session.scalars(wanted.where(UserRole.role == Role.ADMIN, User.is_active).order_by(User.name)).all()


_EXECUTORS = (
    select(User.id, User.name, User.department_id, Department.short_name)
    .join(UserRole, UserRole.user_id == User.id)
    .outerjoin(Department, Department.id == User.department_id)
    .where(UserRole.role == Role.EXECUTOR, User.is_active)
    .order_by(Department.short_name.is_(None), Department.short_name, User.name, User.id)
)
_TOPICS = (
    select(Topic)
    .options(load_only(Topic.name, Topic.department_id, Topic.words))
    .where(Topic.archived_at.is_(None))
    .order_by(Topic.name)
)
"""Built once: building takes longer than running."""


def routing_choices(roster: Roster) -> RoutingChoices:
    """Two statements for any number of people; `roster`: who is absent."""
    executors = [
        Executor(i, name, department_id, short or NO_DEPARTMENT, away_words(i, roster), roster.stand_in(i) is not None)
        for i, name, department_id, short in db.session.execute(_EXECUTORS)
    ]
    return RoutingChoices(
        groups=tuple(
            ExecutorGroup(department, tuple(members))
            for department, members in groupby(executors, key=lambda person: person.department)
        ),
        topics=tuple(db.session.scalars(_TOPICS)),
    )


# --- Users
SHOWN = 200  # people on one page; for more, one searches


class UserState(Labelled):
    ACTIVE = "active", "Работают"
    BLOCKED = "blocked", "Заблокированы"
    ALL = "all", "Все"


@dataclass(frozen=True, slots=True)
class ListedUser(OfRow):
    """`sessions`: the number of devices on which he is logged in."""

    row: User
    department: str
    roles: tuple[Role, ...]
    sessions: int
    lacks_email: bool  # letters would be sent, but there is no address
    away: str = ""  # «отсутствует по 30.11, замещает: Борис Ежов» (П.3)
    is_uncovered: bool = False  # he is away and has no substitute

    def holds(self, words: Sequence[str]) -> bool:
        """Whether each of the lower-case `words` occurs in the texts shown."""
        text = " ".join((self.login, self.name, self.position, self.department, self.phone)).casefold()
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class Users:
    """The users found, the first SHOWN of them, and the totals for each choice of the list."""

    shown: tuple[ListedUser, ...]
    found: int
    totals: dict[UserState, int]


def users(search: str, state: UserState, roster: Roster) -> Users:
    """Users that match every word of `search`, by name, in three statements. `roster`: who is absent today. Filtered in
    Python: SQLite cannot lower-case Russian, and there are only hundreds of users."""
    everybody = _everybody(roster)
    words = search.casefold().split()
    wanted = [row for row in everybody if _is_in_state(row, state) and row.holds(words)]
    totals = {state: sum(_is_in_state(row, state) for row in everybody) for state in UserState}
    return Users(tuple(wanted[:SHOWN]), len(wanted), totals)


def _is_in_state(user: ListedUser, state: UserState) -> bool:
    return state is UserState.ALL or user.row.is_active == (state is UserState.ACTIVE)


def _everybody(roster: Roster) -> list[ListedUser]:
    roles: dict[int, list[Role]] = {}
    for user_id, role in db.session.execute(select(UserRole.user_id, UserRole.role)):
        roles.setdefault(user_id, []).append(role)
    logged_in = select(WebSession.user_id, func.count()).where(WebSession.awaits_code.is_(False))
    sessions = dict(db.session.execute(logged_in.group_by(WebSession.user_id)).all())
    found = db.session.execute(
        select(User, Department.short_name)
        .outerjoin(Department, Department.id == User.department_id)
        .options(lazyload("*"))
        .order_by(User.name, User.id)
    )
    return [
        ListedUser(
            user,
            department or "",
            roles=tuple(role for role in Role if role in roles.get(user.id, ())),
            sessions=sessions.get(user.id, 0),
            lacks_email=not user.email and user.mail_mode is not MailMode.NONE,
            away=away_words(user.id, roster),
            is_uncovered=roster.is_uncovered(user.id),
        )
        for user, department in found
    ]


# --- Departments
@dataclass(frozen=True, slots=True)
class ListedDepartment(OfRow):
    """`people`: how many work in it; `topics`: how many it is competent for."""

    row: Department
    duty_officer: str | None
    supervisor: str | None  # none if he has lost his post
    people: int
    topics: int


def departments() -> list[ListedDepartment]:
    """By name, archived departments last."""
    people = select(func.count()).where(User.department_id == Department.id, User.is_active).scalar_subquery()
    topics = select(func.count()).where(Topic.department_id == Department.id, Topic.archived_at.is_(None))
    duty = select(User.name).where(User.id == Department.duty_officer_id).scalar_subquery()
    supervisor = select(User.name).where(User.id == Department.supervisor_id, User.post.is_not(None)).scalar_subquery()
    shown = with_columns(
        Department, duty_officer=duty, supervisor=supervisor, people=people.correlate(Department),
        topics=topics.correlate(Department).scalar_subquery(),
    )  # fmt: skip
    wanted = select(*shown).options(lazyload("*")).order_by(Department.archived_at.isnot(None), Department.name)
    return of_rows(ListedDepartment, db.session.execute(wanted))


def members_of(department_id: int) -> list[tuple[int, str]]:
    """Id and name of the active people, by name."""
    wanted = select(User.id, User.name).where(User.department_id == department_id, User.is_active)
    return list(db.session.execute(wanted.order_by(User.name)))


def topics_of(department_id: int) -> list[tuple[int, str]]:
    """Id and name of the topics that are offered, by name."""
    wanted = select(Topic.id, Topic.name).where(Topic.department_id == department_id, Topic.archived_at.is_(None))
    return list(db.session.execute(wanted.order_by(Topic.name)))


def invited(user_ids: Collection[int]) -> set[int]:
    """Those of them who have been sent an invitation by letter."""
    sent = select(Event.object_id).where(
        Event.object_kind == "user", Event.object_id.in_(user_ids), Event.action == "invite_user"
    )
    return {user_id for user_id in db.session.scalars(sent) if user_id is not None}


# --- Accounts for audits, and how much each auditor has read
@dataclass(frozen=True, slots=True)
class Auditor(OfRow):
    """`read`: how many pages and files he has opened."""

    row: AuditAccess
    name: str
    position: str
    is_active: bool
    given_by: str
    read: int
    read_at: datetime | None


def auditors() -> Sequence[Auditor]:
    """The latest access first."""
    giver = aliased(User)
    readings = (Event.actor_id == AuditAccess.user_id, Event.action == READ)
    shown = with_columns(
        AuditAccess, name=User.name, position=User.position, is_active=User.is_active, given_by=giver.name,
        read=select(func.count()).where(*readings).scalar_subquery(),
        read_at=select(func.max(Event.at)).where(*readings).scalar_subquery(),
    )  # fmt: skip
    found = (
        select(*shown)
        .join(User, User.id == AuditAccess.user_id)
        .join(giver, giver.id == AuditAccess.given_by_id)
        .order_by(AuditAccess.given_at.desc(), AuditAccess.user_id.desc())
    )
    return of_rows(Auditor, db.session.execute(found))
