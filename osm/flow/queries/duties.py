"""The one table of duties: what a role must do with a message in a status, and which clock measures it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, literal_column, not_, select, true

from osm.base.types import among_codes, is_code
from osm.models import Assignment, Deadline, Message, User
from osm.regulation import errors, urgency
from osm.regulation.executors import OWED, PartState
from osm.regulation.words import ClockKind, DeadlineState, Importance, Role, Status
from osm.regulation.working_time import worktime


# --- «сейчас», «сегодня», «завтра с утра» and «позже», so that the database can sort by them
@dataclass(frozen=True, slots=True)
class DayBorders:
    """The last instant of each section; a term after `morning` is «позже». `opens`: the local midnight before now.
    `reminded`: the last final term (П.13) of which people are reminded now."""

    opens: datetime
    soon: datetime
    today: datetime
    morning: datetime
    reminded: datetime
    is_over: bool = False  # no working time is left today


def day_borders(now: datetime, calendar: worktime.WorkCalendar) -> DayBorders:
    """The same borders as in `osm.regulation.urgency`. Beyond the known calendar only the local day is known."""
    there = calendar.local(now)
    opens = datetime.combine(there.date(), time(), calendar.tz)
    today = datetime.combine(there.date() + timedelta(days=1), time(), calendar.tz) - timedelta(seconds=1)
    try:
        # A term at 09:00 has no more working time left than one at the close of the day before.
        soon = calendar.next_working(calendar.add(there, urgency.SOON_MINUTES))
        hours = calendar.day(calendar.add_working_days(today, 1).date()).hours
        next_day = calendar.add_working_days(today, 1).date()
        morning = datetime.combine(next_day, hours[0][1], calendar.tz)
        reminded = urgency.reminded_until(there, calendar)
    except errors.CalendarOutOfRange:
        return DayBorders(opens, there, today, today, today)
    return DayBorders(
        opens, soon, max(today, soon), morning, reminded, calendar.next_working(there).date() != there.date()
    )


# --- The table of duties
class When(StrEnum):
    """Since when a duty is on the list."""

    ALWAYS = "always"
    LATE = "late"  # the clock is overdue; before that it is another person's matter
    REMINDED = "reminded"  # from a working day before the final term (П.13), and when it is over
    PUBLISHER = "publisher"  # executors may publish in this network (П.3)


class Executors(StrEnum):
    """The number of executors that the duty requires, and which clock counts (П.14)."""

    ANY = "any"
    SOLE = "sole"  # one executor prepares the whole answer
    PART = "part"  # this person has to send a part: its clock counts
    COMMON = "common"  # there are several executors; the common draft is the curator's
    ALL_SENT = "all_sent"  # there are several, and all parts are sent
    LATE_PART = "late_part"  # there are several, and a part is overdue: its clock counts


@dataclass(frozen=True, slots=True)
class Duty:
    role: Role
    status: Status
    verb: str
    clocks: tuple[ClockKind, ...]
    when: When = When.ALWAYS
    executors: Executors = Executors.ANY

    def clocks_for(self, importance: Importance) -> tuple[ClockKind, ...]:
        """The clocks for this importance: at a high one П.9 binds, not the hour of П.7."""
        if importance is Importance.HIGH and ClockKind.ROUTE in self.clocks:
            return tuple(sorted(self.clocks, key=lambda kind: kind is ClockKind.ROUTE))
        return self.clocks

    @property
    def is_part(self) -> bool:
        """Whether the clock of a part is measured (П.14)."""
        return self.executors in (Executors.PART, Executors.LATE_PART)

    @property
    def is_shared(self) -> bool:
        """Whether the duty is that of a message with several executors."""
        return self.executors not in (Executors.ANY, Executors.SOLE)


HURRY = "Поторопить"  # the verb if another person's work is late and the curator can remind him

_ANSWER = (ClockKind.FINAL, ClockKind.ANSWER)
_DRAFT = (ClockKind.DRAFT, *_ANSWER)
_PART = (ClockKind.REWORK, ClockKind.PART)

#: The first match counts for a person with several roles, so his own writing comes first.
DUTIES: tuple[Duty, ...] = (
    Duty(Role.EXECUTOR, Status.IN_WORK, "Подготовить ответ", _DRAFT, executors=Executors.SOLE),
    Duty(Role.EXECUTOR, Status.IN_WORK, "Отправить информацию", _PART, executors=Executors.PART),
    Duty(Role.EXECUTOR, Status.REWORK, "Доработать", (ClockKind.REWORK, *_ANSWER), executors=Executors.SOLE),
    Duty(Role.EXECUTOR, Status.AWAITING_FINAL, "Готовить окончательный", (ClockKind.FINAL,), executors=Executors.SOLE),
    Duty(Role.CURATOR, Status.NEW, "Направить", (ClockKind.ROUTE, ClockKind.ANSWER)),
    Duty(Role.CURATOR, Status.SELECTED, "Направить", (ClockKind.ROUTE, ClockKind.ANSWER)),
    Duty(Role.CURATOR, Status.ON_APPROVAL, "Рассмотреть", (ClockKind.APPROVE, *_ANSWER)),
    Duty(Role.CURATOR, Status.APPROVED, "Опубликовать", _ANSWER),
    Duty(Role.CURATOR, Status.IN_WORK, "Свести ответ", _DRAFT, executors=Executors.ALL_SENT),
    Duty(Role.CURATOR, Status.IN_WORK, HURRY, _PART, When.LATE, Executors.LATE_PART),
    Duty(
        Role.CURATOR,
        Status.REWORK,
        "Доработать сводный ответ",
        (ClockKind.REWORK, *_ANSWER),
        executors=Executors.COMMON,
    ),
    Duty(Role.CURATOR, Status.AWAITING_FINAL, "Готовить окончательный", (ClockKind.FINAL,), executors=Executors.COMMON),
    Duty(Role.CURATOR, Status.IN_WORK, HURRY, _DRAFT, When.LATE),
    Duty(Role.CURATOR, Status.REWORK, HURRY, (ClockKind.REWORK, *_ANSWER), When.LATE),
    Duty(Role.CURATOR, Status.AWAITING_FINAL, HURRY, (ClockKind.FINAL,), When.REMINDED),
    Duty(Role.CURATOR, Status.IN_WORK, HURRY, (ClockKind.FINAL,), When.REMINDED),
    Duty(Role.CURATOR, Status.REWORK, HURRY, (ClockKind.FINAL,), When.REMINDED),
    Duty(Role.CURATOR, Status.AWAITING_AUTHOR, "Проверить, ответил ли автор", (ClockKind.FINAL,)),
    Duty(Role.EXECUTOR, Status.APPROVED, "Опубликовать", _ANSWER, When.PUBLISHER, Executors.SOLE),
    Duty(Role.MODERATOR, Status.NEW, "Проверить", (ClockKind.ROUTE, ClockKind.ANSWER)),
)

TO_ROUTE = (Status.NEW, Status.SELECTED)


@dataclass(frozen=True, slots=True)
class Asker:
    """The person with the duties, and the instant. `publishing_networks`: where executors may publish (П.3). `absent`:
    the people he replaces today; `heads`: he is «глава» today (П.20)."""

    user_id: int
    department_id: int | None
    roles: frozenset[Role]
    now: datetime
    borders: DayBorders
    publishing_networks: frozenset[str] = frozenset()
    absent: tuple[int, ...] = ()
    heads: bool = False

    @classmethod
    def of(
        cls, user: User, now: datetime, calendar: worktime.WorkCalendar, networks: Collection[str] = (),
        absent: Iterable[int] = (), heads: bool = False,
    ) -> Asker:  # fmt: skip
        borders = day_borders(now, calendar)
        return cls(user.id, user.department_id, user.roles, now, borders, frozenset(networks), tuple(absent), heads)


def duties_of(asker: Asker) -> Iterator[tuple[int, Duty, ColumnElement[bool]]]:
    """Position in DUTIES, the duty, and the condition on Message; the conditions exclude each other."""
    taken: dict[Status, list[ColumnElement[bool]]] = {}
    for position, duty in enumerate(DUTIES):
        if duty.role not in asker.roles:
            continue
        mine = _assigned_to(asker, *_STATE_OF_MINE[duty.executors]()) if duty.role is Role.EXECUTOR else _shared(duty)
        own = and_(mine, _since(duty, asker))
        earlier = taken.setdefault(duty.status, [])
        yield position, duty, and_(is_code(Message.status, duty.status), own, *(not_(other) for other in earlier))
        earlier.append(own)


def shown_due(duty: Duty, asker: Asker) -> ColumnElement[datetime | None]:
    """The term of the first running clock of the duty; empty if no clock runs or its term is unknown."""
    if duty.is_part:
        return _first_due(duty, asker)
    normal, high = (_shown(duty.clocks_for(importance)) for importance in (Importance.NORMAL, Importance.HIGH))
    if duty.clocks_for(Importance.HIGH) == duty.clocks:
        return normal
    return case((is_code(Message.importance, Importance.HIGH), high), else_=normal)


def _shown(clocks: tuple[ClockKind, ...]) -> ColumnElement[datetime | None]:
    terms = [
        select(Deadline.due_at)
        .where(
            Deadline.message_id == Message.id,
            is_code(Deadline.kind, kind),
            is_code(Deadline.state, DeadlineState.OPEN),
            Deadline.assignment_id.is_(None),
        )
        .correlate(Message)
        .scalar_subquery()
        for kind in clocks
    ]
    return func.coalesce(*terms) if len(terms) > 1 else terms[0]


def final_due() -> ColumnElement[datetime | None]:
    """The term of the final answer (П.13); empty if its clock does not run."""
    return _shown((ClockKind.FINAL,))


def runs(duty: Duty, asker: Asker | None = None) -> ColumnElement[bool]:
    """Whether one of the duty's clocks runs. `asker` is needed if his own part is measured. Written as a value of each
    message, because PostgreSQL turns EXISTS into a join that reads every open clock."""
    return _running(select(Deadline.id), duty, asker).limit(literal_column("1")).scalar_subquery().is_not(None)


def measures(duty: Duty) -> ColumnElement[bool]:
    """Whether the clock belongs to a part (П.14) or to the message, as the duty requires."""
    return Deadline.assignment_id.is_not(None) if duty.is_part else Deadline.assignment_id.is_(None)


def _first_due(duty: Duty, asker: Asker) -> ColumnElement[datetime | None]:
    """The earliest known term of all running clocks of the duty, else empty."""
    return _running(select(func.min(Deadline.due_at)), duty, asker).scalar_subquery()


def _running(query: Select[Any], duty: Duty, asker: Asker | None) -> Select[Any]:
    found = query.where(Deadline.message_id == Message.id, among_codes(Deadline.kind, duty.clocks), measures(duty))
    if not duty.is_part:
        return found.where(is_code(Deadline.state, DeadlineState.OPEN)).correlate(Message)
    # An open clock has no end. Most messages have no parts, and with the state as condition SQLite would read all open
    # clocks.
    found = found.where(Deadline.ended_at.is_(None))
    if duty.executors is Executors.PART:
        if asker is None:
            raise ValueError("whose part?")
        mine = select(Assignment.id).where(
            Assignment.message_id == Message.id, Assignment.executor_id == asker.user_id, Assignment.ended_at.is_(None)
        )
        found = found.where(Deadline.assignment_id.in_(mine.correlate(Message)))
    return found.correlate(Message)


_STATE_OF_MINE: dict[Executors, Callable[[], tuple[ColumnElement[bool], ...]]] = {
    Executors.ANY: lambda: (),
    Executors.SOLE: lambda: (Assignment.part_state.is_(None),),
    Executors.PART: lambda: (Assignment.part_state.in_(OWED),),
}
"""The condition on an executor's own row that makes the duty his."""


def _shared(duty: Duty) -> ColumnElement[bool]:
    """The condition on the rows of several executors that makes the duty the curator's."""
    there = (Assignment.message_id == Message.id, Assignment.ended_at.is_(None), Assignment.part_state.is_not(None))
    match duty.executors:
        case Executors.COMMON:
            return exists().where(*there)
        case Executors.ALL_SENT:
            return and_(exists().where(*there), ~exists().where(*there, Assignment.part_state != PartState.SENT))
        case _:
            return true()


def _since(duty: Duty, asker: Asker) -> ColumnElement[bool]:
    match duty.when:
        case When.ALWAYS:
            return true()
        case When.LATE:
            return func.coalesce(_first_due(duty, asker) < asker.now, false())
        case When.REMINDED:
            return func.coalesce(_first_due(duty, asker) <= asker.borders.reminded, false())
        case When.PUBLISHER:
            return Message.network.in_(asker.publishing_networks) if asker.publishing_networks else false()


def _assigned_to(asker: Asker, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Assignment.message_id == Message.id, Assignment.executor_id == asker.user_id, Assignment.ended_at.is_(None),
        *more,
    )  # fmt: skip
