"""ONE table of duties: what a role must do with a message in a status, and by which clock it is measured."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, select, true

from osm.regulation.clocks import ClockKind
from osm.regulation.words import Role, Status
from osm.regulation.worktime import WorkCalendar
from osm.store.models import Assignment, Deadline, DeadlineState, Message, User
from osm.store.queries.day import DayBorders, day_borders


class When(StrEnum):
    """Since when a duty is on the list at all."""

    ALWAYS = "always"
    LATE = "late"
    """The clock is overdue: until then it is another person's matter."""
    LAST_DAY = "last_day"
    """The clock ends today or has ended."""
    PUBLISHER = "publisher"
    """This network is one in which executors publish (П.3)."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One row of the table. `clocks`: the first that runs is shown; `verb` stands on the button of the row."""

    role: Role
    status: Status
    verb: str
    clocks: tuple[ClockKind, ...]
    when: When = When.ALWAYS


_ANSWER = (ClockKind.FINAL, ClockKind.ANSWER)
_DRAFT = (ClockKind.DRAFT, *_ANSWER)

#: The order decides where a person with several roles meets a message twice: what is his own to write comes first.
DUTIES: tuple[Duty, ...] = (
    Duty(Role.EXECUTOR, Status.IN_WORK, "Подготовить ответ", _DRAFT),
    Duty(Role.EXECUTOR, Status.REWORK, "Доработать", (ClockKind.REWORK, *_ANSWER)),
    Duty(Role.EXECUTOR, Status.AWAITING_FINAL, "Готовить окончательный", (ClockKind.FINAL,)),
    Duty(Role.CURATOR, Status.NEW, "Направить", (ClockKind.ROUTE, ClockKind.ANSWER)),
    Duty(Role.CURATOR, Status.SELECTED, "Направить", (ClockKind.ROUTE, ClockKind.ANSWER)),
    Duty(Role.CURATOR, Status.ON_APPROVAL, "Согласовать", (ClockKind.APPROVE, *_ANSWER)),
    Duty(Role.CURATOR, Status.APPROVED, "Опубликовать", _ANSWER),
    Duty(Role.CURATOR, Status.IN_WORK, "Поторопить", _DRAFT, When.LATE),
    Duty(Role.CURATOR, Status.REWORK, "Поторопить", (ClockKind.REWORK, *_ANSWER), When.LATE),
    Duty(Role.CURATOR, Status.AWAITING_FINAL, "Поторопить", (ClockKind.FINAL,), When.LAST_DAY),
    Duty(Role.CURATOR, Status.AWAITING_AUTHOR, "Проверить, ответил ли автор", (ClockKind.FINAL,)),
    Duty(Role.EXECUTOR, Status.APPROVED, "Опубликовать", _ANSWER, When.PUBLISHER),
    Duty(Role.MODERATOR, Status.NEW, "Проверить", (ClockKind.ROUTE, ClockKind.ANSWER)),
)

TO_ROUTE = (Status.NEW, Status.SELECTED)


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose duties are asked for, and at which instant. `publishing_networks`: where executors may publish (П.3)."""

    user_id: int
    department_id: int | None
    roles: frozenset[Role]
    now: datetime
    borders: DayBorders
    publishing_networks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, user: User, now: datetime, calendar: WorkCalendar, networks: Collection[str] = ()) -> Asker:
        """From a user and the calendar of the office."""
        borders = day_borders(now, calendar)
        return cls(user.id, user.department_id, user.roles, now, borders, frozenset(networks))


def duties_of(asker: Asker) -> Iterator[tuple[int, Duty, ColumnElement[bool]]]:
    """Position in DUTIES, the duty, and the condition on Message; the conditions exclude each other."""
    taken: dict[Status, list[ColumnElement[bool]]] = {}
    for position, duty in enumerate(DUTIES):
        if duty.role not in asker.roles:
            continue
        own = _condition(duty, asker)
        earlier = taken.setdefault(duty.status, [])
        yield position, duty, and_(Message.status == duty.status, own, *(not_(other) for other in earlier))
        earlier.append(own)


def shown_due(duty: Duty) -> ColumnElement[datetime | None]:
    """The term of the first running clock of the duty; empty where none runs or none is known."""
    terms = [
        select(Deadline.due_at)
        .where(
            Deadline.message_id == Message.id,
            Deadline.kind == kind,
            Deadline.state == DeadlineState.OPEN,
            Deadline.assignment_id.is_(None),
        )
        .correlate(Message)
        .scalar_subquery()
        for kind in duty.clocks
    ]
    return func.coalesce(*terms) if len(terms) > 1 else terms[0]


def runs(duty: Duty, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether one of the duty's clocks runs at all, and fulfils `more`."""
    return exists().where(
        Deadline.message_id == Message.id,
        Deadline.kind.in_(duty.clocks),
        Deadline.state == DeadlineState.OPEN,
        Deadline.assignment_id.is_(None),
        *more,
    )


def _condition(duty: Duty, asker: Asker) -> ColumnElement[bool]:
    return and_(_assigned_to(asker) if duty.role is Role.EXECUTOR else true(), _since(duty, asker))


def _since(duty: Duty, asker: Asker) -> ColumnElement[bool]:
    match duty.when:
        case When.ALWAYS:
            return true()
        case When.LATE:
            return runs(duty, Deadline.due_at < asker.now)
        case When.LAST_DAY:
            return runs(duty, Deadline.due_at <= asker.borders.today)
        case When.PUBLISHER:
            return Message.network.in_(asker.publishing_networks) if asker.publishing_networks else false()


def _assigned_to(asker: Asker) -> ColumnElement[bool]:
    return exists().where(
        Assignment.message_id == Message.id,
        Assignment.executor_id == asker.user_id,
        Assignment.ended_at.is_(None),
    )
