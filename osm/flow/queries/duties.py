"""ONE table of duties: what a role must do with a message in a status, and which clock measures it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, literal_column, not_, select, true

from osm.regulation.clocks import ClockKind
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.parts import OWED, PartState
from osm.regulation.urgency import SOON_MINUTES, reminded_until
from osm.regulation.words import Importance, Role, Status
from osm.regulation.worktime import WorkCalendar
from osm.store.models import Assignment, Deadline, DeadlineState, Message, User
from osm.store.types import among_codes, is_code


# --- The borders between «сейчас», «сегодня», «завтра с утра» and «позже», so that the database can sort by them
@dataclass(frozen=True, slots=True)
class DayBorders:
    """The last instant of each section; a term after `morning` is «позже». `opens`: the local midnight before now.

    `reminded`: the last final term (П.13) of which people are reminded now.
    """

    opens: datetime
    soon: datetime
    today: datetime
    morning: datetime
    reminded: datetime
    is_over: bool = False
    """No working time is left today."""


def day_borders(now: datetime, calendar: WorkCalendar) -> DayBorders:
    """The same borders as those of `osm.regulation.urgency`. Beyond the known calendar only the local day is told."""
    there = calendar.local(now)
    opens = datetime.combine(there.date(), time(), calendar.tz)
    today = datetime.combine(there.date() + timedelta(days=1), time(), calendar.tz) - timedelta(seconds=1)
    try:
        # What is due at 09:00 sharp has no more working time left than what is due at the close before it.
        soon = calendar.next_working(calendar.add(there, SOON_MINUTES))
        hours = calendar.day(calendar.add_working_days(today, 1).date()).hours
        next_day = calendar.add_working_days(today, 1).date()
        morning = datetime.combine(next_day, hours[0][1], calendar.tz)
        reminded = reminded_until(there, calendar)
    except CalendarOutOfRange:
        return DayBorders(opens, there, today, today, today)
    return DayBorders(
        opens, soon, max(today, soon), morning, reminded, calendar.next_working(there).date() != there.date()
    )


# --- ONE table of duties
class When(StrEnum):
    """Since when a duty is on the list at all."""

    ALWAYS = "always"
    LATE = "late"
    """The clock is overdue: until then it is another person's matter."""
    REMINDED = "reminded"
    """A working day before the final term (П.13) at the latest, and when it is over."""
    PUBLISHER = "publisher"
    """This network is one in which executors publish (П.3)."""


class Whose(StrEnum):
    """With how many executors the duty exists, and whose clock counts (П.14)."""

    ANY = "any"
    SOLE = "sole"
    """One executor prepares the whole answer."""
    PART = "part"
    """This person owes his part: its clock counts."""
    COMMON = "common"
    """There are several executors; the common draft is the curator's."""
    ALL_SENT = "all_sent"
    """There are several, and every part is in."""
    LATE_PART = "late_part"
    """There are several, and a part is overdue: the clock of that part counts."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One row of the table. `clocks`: the first that runs is shown; `verb` stands on the button of the row."""

    role: Role
    status: Status
    verb: str
    clocks: tuple[ClockKind, ...]
    when: When = When.ALWAYS
    whose: Whose = Whose.ANY

    def clocks_for(self, importance: Importance) -> tuple[ClockKind, ...]:
        """The same for a message of this importance: at a high one it is П.9 that binds, not the hour of П.7."""
        if importance is Importance.HIGH and ClockKind.ROUTE in self.clocks:
            return tuple(sorted(self.clocks, key=lambda kind: kind is ClockKind.ROUTE))
        return self.clocks

    @property
    def is_shared(self) -> bool:
        """Whether the duty is one of a message with several executors."""
        return self.whose not in (Whose.ANY, Whose.SOLE)


HURRY = "Поторопить"
"""The verb of what is another person's work and late: the curator tells him so."""

_ANSWER = (ClockKind.FINAL, ClockKind.ANSWER)
_DRAFT = (ClockKind.DRAFT, *_ANSWER)
_PART = (ClockKind.REWORK, ClockKind.PART)

#: The order decides where a person with several roles meets a message twice: what is his own to write comes first.
DUTIES: tuple[Duty, ...] = (
    Duty(Role.EXECUTOR, Status.IN_WORK, "Подготовить ответ", _DRAFT, whose=Whose.SOLE),
    Duty(Role.EXECUTOR, Status.IN_WORK, "Отправить информацию", _PART, whose=Whose.PART),
    Duty(Role.EXECUTOR, Status.REWORK, "Доработать", (ClockKind.REWORK, *_ANSWER), whose=Whose.SOLE),
    Duty(Role.EXECUTOR, Status.AWAITING_FINAL, "Готовить окончательный", (ClockKind.FINAL,), whose=Whose.SOLE),
    Duty(Role.CURATOR, Status.NEW, "Направить", (ClockKind.ROUTE, ClockKind.ANSWER)),
    Duty(Role.CURATOR, Status.SELECTED, "Направить", (ClockKind.ROUTE, ClockKind.ANSWER)),
    Duty(Role.CURATOR, Status.ON_APPROVAL, "Согласовать", (ClockKind.APPROVE, *_ANSWER)),
    Duty(Role.CURATOR, Status.APPROVED, "Опубликовать", _ANSWER),
    Duty(Role.CURATOR, Status.IN_WORK, "Свести ответ", _DRAFT, whose=Whose.ALL_SENT),
    Duty(Role.CURATOR, Status.IN_WORK, HURRY, _PART, When.LATE, Whose.LATE_PART),
    Duty(Role.CURATOR, Status.REWORK, "Доработать сводный ответ", (ClockKind.REWORK, *_ANSWER), whose=Whose.COMMON),
    Duty(Role.CURATOR, Status.AWAITING_FINAL, "Готовить окончательный", (ClockKind.FINAL,), whose=Whose.COMMON),
    Duty(Role.CURATOR, Status.IN_WORK, HURRY, _DRAFT, When.LATE),
    Duty(Role.CURATOR, Status.REWORK, HURRY, (ClockKind.REWORK, *_ANSWER), When.LATE),
    Duty(Role.CURATOR, Status.AWAITING_FINAL, HURRY, (ClockKind.FINAL,), When.REMINDED),
    Duty(Role.CURATOR, Status.IN_WORK, HURRY, (ClockKind.FINAL,), When.REMINDED),
    Duty(Role.CURATOR, Status.REWORK, HURRY, (ClockKind.FINAL,), When.REMINDED),
    Duty(Role.CURATOR, Status.AWAITING_AUTHOR, "Проверить, ответил ли автор", (ClockKind.FINAL,)),
    Duty(Role.EXECUTOR, Status.APPROVED, "Опубликовать", _ANSWER, When.PUBLISHER, Whose.SOLE),
    Duty(Role.MODERATOR, Status.NEW, "Проверить", (ClockKind.ROUTE, ClockKind.ANSWER)),
)

TO_ROUTE = (Status.NEW, Status.SELECTED)


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose duties are asked for, and at which instant. `publishing_networks`: where executors may publish (П.3).

    `absent`: the people he replaces today; `heads`: he is «глава» today (П.20).
    """

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
        cls,
        user: User,
        now: datetime,
        calendar: WorkCalendar,
        networks: Collection[str] = (),
        absent: Iterable[int] = (),
        heads: bool = False,
    ) -> Asker:
        """From a user and the calendar of the office."""
        borders = day_borders(now, calendar)
        return cls(user.id, user.department_id, user.roles, now, borders, frozenset(networks), tuple(absent), heads)


def duties_of(asker: Asker) -> Iterator[tuple[int, Duty, ColumnElement[bool]]]:
    """Position in DUTIES, the duty, and the condition on Message; the conditions exclude each other."""
    taken: dict[Status, list[ColumnElement[bool]]] = {}
    for position, duty in enumerate(DUTIES):
        if duty.role not in asker.roles:
            continue
        own = _condition(duty, asker)
        earlier = taken.setdefault(duty.status, [])
        yield position, duty, and_(is_code(Message.status, duty.status), own, *(not_(other) for other in earlier))
        earlier.append(own)


def shown_due(duty: Duty, asker: Asker) -> ColumnElement[datetime | None]:
    """The term of the first running clock of the duty; empty where none runs or none is known."""
    if duty.whose in (Whose.PART, Whose.LATE_PART):
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


def runs(duty: Duty, asker: Asker | None = None) -> ColumnElement[bool]:
    """Whether one of the duty's clocks runs at all. `asker` is needed where it is his own part that is measured.

    Asked as a value of each message, because PostgreSQL makes a join of EXISTS, for which it reads every open clock.
    """
    return _running(select(Deadline.id), duty, asker).limit(literal_column("1")).scalar_subquery().is_not(None)


def measures(duty: Duty) -> ColumnElement[bool]:
    """Of whom a clock must be to measure the duty: of a part (П.14), or of the message itself."""
    of_part = duty.whose in (Whose.PART, Whose.LATE_PART)
    return Deadline.assignment_id.is_not(None) if of_part else Deadline.assignment_id.is_(None)


def _first_due(duty: Duty, asker: Asker) -> ColumnElement[datetime | None]:
    """The earliest known term of all running clocks of the duty, empty where there is none."""
    return _running(select(func.min(Deadline.due_at)), duty, asker).scalar_subquery()


def _running(query: Select[Any], duty: Duty, asker: Asker | None) -> Select[Any]:
    found = query.where(Deadline.message_id == Message.id, among_codes(Deadline.kind, duty.clocks), measures(duty))
    if duty.whose not in (Whose.PART, Whose.LATE_PART):
        return found.where(is_code(Deadline.state, DeadlineState.OPEN)).correlate(Message)
    # An open clock has no end. Most messages have no parts: asked by its state, SQLite would go through all that are
    # open to find none.
    found = found.where(Deadline.ended_at.is_(None))
    if duty.whose is Whose.PART:
        if asker is None:
            raise ValueError("whose part?")
        mine = select(Assignment.id).where(
            Assignment.message_id == Message.id,
            Assignment.executor_id == asker.user_id,
            Assignment.ended_at.is_(None),
        )
        found = found.where(Deadline.assignment_id.in_(mine.correlate(Message)))
    return found.correlate(Message)


def _condition(duty: Duty, asker: Asker) -> ColumnElement[bool]:
    mine = _assigned_to(asker, *_STATE_OF_MINE[duty.whose]()) if duty.role is Role.EXECUTOR else _shared(duty)
    return and_(mine, _since(duty, asker))


_STATE_OF_MINE: dict[Whose, Callable[[], tuple[ColumnElement[bool], ...]]] = {
    Whose.ANY: lambda: (),
    Whose.SOLE: lambda: (Assignment.part_state.is_(None),),
    Whose.PART: lambda: (Assignment.part_state.in_(OWED),),
}
"""What an executor's own row must say for the duty to be his."""


def _shared(duty: Duty) -> ColumnElement[bool]:
    """What the rows of several executors must say for the duty to be the curator's."""
    there = (Assignment.message_id == Message.id, Assignment.ended_at.is_(None), Assignment.part_state.is_not(None))
    match duty.whose:
        case Whose.COMMON:
            return exists().where(*there)
        case Whose.ALL_SENT:
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
        Assignment.message_id == Message.id,
        Assignment.executor_id == asker.user_id,
        Assignment.ended_at.is_(None),
        *more,
    )
