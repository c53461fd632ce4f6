"""The terms in force, and the row that asks for the cause of a missed term and names the person responsible (П.19).

That row is written in the transaction of the breach. The person is found in the history, because the message may have
moved on before the worker sees the breach.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, or_, select
from sqlalchemy.orm import lazyload

from osm.base import database
from osm.base.application import Memory
from osm.base.database import db
from osm.calendar import queries as store_calendar
from osm.log.models import new_value
from osm.models import (
    Assignment,
    Deadline,
    Event,
    ImportRow,
    ImportRun,
    Message,
    Origin,
    RowOutcome,
    Shortcoming,
    User,
    UserRole,
)
from osm.people.queries.absences import Roster, roster_on
from osm.regulation.control import Earlier, ShortcomingKind, ShortcomingState, Side, chain_of, side_of
from osm.regulation.deadlines import Pause, compute_clock
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.parameters import Parameters, Unit
from osm.regulation.words import Action, ClockKind, Importance, Post, Role, Status
from osm.regulation.working_time.office_calendar import OfficeCalendar
from osm.regulation.working_time.worktime import WorkCalendar

# --- The rules in force, and the term of one clock
INTERNAL = "внутренний срок"  # in place of a clause: the office's own term

_KEPT = 4  # calendars cached in a process: the one in force, and those of older transactions
_building = Lock()


@dataclass(frozen=True)
class InForce:
    parameters: Parameters
    calendar: WorkCalendar

    @cached_property
    def internal(self) -> Parameters:
        """The same terms as the office's own, without a clause."""
        terms = {key: replace(term, clause=INTERNAL) for key, term in self.parameters.terms.items()}
        return replace(self.parameters, terms=terms)


PACKAGED = Memory(
    lambda of: InForce(store_calendar.load_parameters(), store_calendar.load_calendar(tz=of.settings.time_zone.key))
)
"""Before the office has decided anything."""
_CALENDARS: Memory[OrderedDict[str, InForce]] = Memory(lambda _: OrderedDict())  # by the digest of the edition


def in_force() -> InForce:
    """Terms and calendar for this transaction, built once per edition: a change holds at once in all processes."""
    packaged = PACKAGED.get()
    edition = store_calendar.edition_in_force()
    if edition.number == 0:
        return packaged
    kept = _CALENDARS.get()
    with _building:
        if edition.digest not in kept:
            kept[edition.digest] = with_calendar(store_calendar.decided_in(edition.number))
            while len(kept) > _KEPT:
                kept.popitem(last=False)
        return kept[edition.digest]


def local_day(now: datetime) -> date:
    """The date in the office's time zone."""
    return in_force().calendar.local(now).date()


def with_calendar(decided: OfficeCalendar) -> InForce:
    """The same terms with the calendar that follows from these decisions."""
    packaged = PACKAGED.get()
    return InForce(packaged.parameters, store_calendar.office_calendar(decided, packaged.calendar.tz.key))


def compute_term(
    rules: InForce, kind: ClockKind, anchor: datetime, importance: Importance, origin: Origin, pauses: Iterable[Pause],
    minutes: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The columns of a deadline that the regulation decides; the term is None beyond the known years. `minutes`:
    working time, if the curator gave a part another term than the two hours of П.14."""
    # The hour of П.7 binds incidents only; for other messages it is the office's own term (reading 4).
    is_internal = kind is ClockKind.ROUTE and origin is not Origin.INCIDENT
    parameters = rules.internal if is_internal else rules.parameters
    if minutes is not None:
        given = replace(parameters.term(kind, importance), value=minutes, unit=Unit.WORKING)
        parameters = replace(parameters, terms={**parameters.terms, (kind, importance): given})
    known: dict[str, Any] = {"started_at": anchor, "calendar_version": rules.calendar.version}
    try:
        clock = compute_clock(kind, anchor, importance, parameters=parameters, calendar=rules.calendar, pauses=pauses)
    except CalendarOutOfRange as error:
        term = parameters.term(kind, importance)
        return known | {"clause": term.clause, "unit": term.unit.value, "due_at": None, "explanation": str(error)}
    return known | {
        "clause": clock.clause, "unit": clock.unit.value, "due_at": clock.due_at, "explanation": clock.explanation,
    }  # fmt: skip


# --- Missed terms
class Missed(NamedTuple):
    """A missed clock; its columns."""

    id: int
    message_id: int
    kind: ClockKind
    clause: str
    started_at: datetime
    due_at: datetime
    assignment_id: int | None

    @classmethod
    def of(cls, row: Deadline | Row[Any]) -> Missed:
        return cls(*(getattr(row, name) for name in cls._fields))


class Responsible(NamedTuple):
    """The responsible person; `for_id`: the absent colleague that he replaced."""

    side: Side
    person: int | None
    department: int | None
    for_id: int | None = None


def ask(missed: Sequence[Missed], now: datetime) -> None:
    """Write a row for each new breach, in a fixed number of statements."""
    asked = Shortcoming.deadline_id.in_([one.id for one in missed])
    known = set(db.session.scalars(select(Shortcoming.deadline_id).where(asked)))
    new = sorted((one for one in missed if one.id not in known), key=lambda one: (one.due_at, one.id))
    if not new:
        return
    past, earlier, loads = _Past.of(new), _earlier(new), _loads(new)
    rows = []
    for one, row_id in zip(new, database.draw_ids(Shortcoming, len(new)), strict=True):
        who = past.responsible(one)
        root = chain_of(one.kind, one.started_at, one.due_at, who.person, earlier[one.message_id])
        earlier[one.message_id].append(Earlier(root or row_id, one.kind, who.person, one.due_at))
        rows.append(
            {
                "id": row_id, "version": 1, "kind": ShortcomingKind.BREACH, "state": ShortcomingState.ASKED,
                "message_id": one.message_id, "deadline_id": one.id, "clock": one.kind, "clause": one.clause,
                "occurred_at": one.due_at, "noted_at": now, "side": who.side, "person_id": who.person,
                "for_id": who.for_id, "department_id": who.department, "root_id": root,
                "import_run_id": None if root else loads.get(one.id),
            }
        )  # fmt: skip
    database.write_rows(Shortcoming, rows)


def withdraw(deadline_ids: Collection[int]) -> None:
    """The term was not missed after all: delete the rows that are in no memo yet; the log keeps them."""
    table = database.table_of(Shortcoming)
    if deadline_ids:
        db.session.execute(delete(table).where(table.c.deadline_id.in_(deadline_ids), table.c.memo_id.is_(None)))


def _loads(missed: Sequence[Missed]) -> dict[int, int]:
    """Breach → the import that brought its message when the term had already passed."""
    loaded = (
        ImportRow.message_id == Message.id, ImportRow.run_id == ImportRun.id, ImportRow.outcome == RowOutcome.CREATED,
        # This limits the search to the rows of few imports.
        ImportRun.source_id == Message.source_id, ImportRun.created_at <= Message.stored_at,
        or_(ImportRun.finished_at.is_(None), ImportRun.finished_at >= Message.stored_at),
    )  # fmt: skip
    asked = select(Message.id, Message.stored_at, ImportRun.id).where(
        Message.id.in_({one.message_id for one in missed}), *loaded
    )
    found = {message_id: (stored_at, run_id) for message_id, stored_at, run_id in db.session.execute(asked)}
    return {
        one.id: found[one.message_id][1]
        for one in missed
        if one.message_id in found and found[one.message_id][0] > one.due_at
    }


def _earlier(missed: Sequence[Missed]) -> dict[int, list[Earlier]]:
    found: dict[int, list[Earlier]] = defaultdict(list)
    rows = db.session.execute(
        select(Shortcoming.message_id, Shortcoming.id, Shortcoming.root_id, Shortcoming.clock, Shortcoming.person_id,
               Shortcoming.occurred_at)
        .where(Shortcoming.message_id.in_({one.message_id for one in missed}), Shortcoming.clock.is_not(None))
    )  # fmt: skip
    for message_id, row_id, root, clock, person, at in rows:
        if clock is not None:
            found[message_id].append(Earlier(root or row_id, clock, person, at))
    return found


@dataclass
class _Past:
    """Who had which message, part or role at an instant."""

    assignments: dict[int, list[Assignment]]
    statuses: dict[int, list[tuple[datetime, Status]]]
    parts: dict[int, list[Deadline]]
    curators: Sequence[tuple[int, Post | None, int | None]]
    departments: dict[int, int | None]
    rosters: dict[date, Roster]

    @classmethod
    def of(cls, missed: Sequence[Missed]) -> _Past:
        ids = {one.message_id for one in missed}
        bare = lazyload("*")
        wanted = select(Assignment).where(Assignment.message_id.in_(ids)).order_by(Assignment.order_no, Assignment.id)
        measured = select(Deadline).where(Deadline.message_id.in_(ids), Deadline.assignment_id.is_not(None))
        with db.session.no_autoflush:
            assignments = db.session.scalars(wanted.options(bare)).all()
            parts = db.session.scalars(measured.order_by(Deadline.due_at).options(bare)).all()
        holders = select(User.id, User.post, User.department_id).join(UserRole).where(UserRole.role == Role.CURATOR)
        curators = db.session.execute(holders.where(User.is_active).order_by(User.id)).all()
        return cls(
            _by_message(assignments), _statuses(ids), _by_message(parts), curators,
            {user: department for user, _, department in curators}, {},
        )  # fmt: skip

    def responsible(self, one: Missed) -> Responsible:
        at = one.due_at
        if one.assignment_id is not None:
            rows = self.assignments.get(one.message_id, [])
            return self._executor(next((row for row in rows if row.id == one.assignment_id), None), one)
        there = [row for row in self.assignments.get(one.message_id, []) if _holds(row.assigned_at, row.ended_at, at)]
        owed = [row for row in self.parts.get(one.message_id, []) if _holds(row.started_at, row.ended_at, at)]
        several = any(row.part_state is not None for row in there)
        side = side_of(one.kind, self._status(one), several=several, parts_owed=bool(owed))
        if side is Side.CURATOR:
            return self._curator(one)
        first = owed[0].assignment_id if several and owed else None
        mine = next((row for row in there if first in (None, row.id)), None)
        return self._executor(mine, one)

    def _status(self, one: Missed) -> Status:
        before = [status for at, status in self.statuses.get(one.message_id, []) if at <= one.due_at]
        return before[-1] if before else Status.NEW

    def _executor(self, row: Assignment | None, one: Missed) -> Responsible:
        """The executor or his substitute; the curator if there is no substitute."""
        if row is None:
            return self._curator(one)
        person = self._roster(one.due_at).stand_in(row.executor_id)
        if person is None:
            return self._curator(one)
        side = Side.CURATOR if person in self.departments else Side.EXECUTOR
        for_id = row.executor_id if person != row.executor_id else row.for_id
        return Responsible(side, person, row.department_id, for_id)

    def _curator(self, one: Missed) -> Responsible:
        """The curator who routed the message, else the head of the press centre, else the first curator."""
        if not self.curators:
            return Responsible(Side.CURATOR, None, None)
        routed = [
            row.assigned_by_id for row in self.assignments.get(one.message_id, []) if row.assigned_at <= one.due_at
        ]
        ranked = [
            *(user for user in reversed(routed) if user in self.departments),
            *(user for user, post, _ in self.curators if post is Post.PRESS_CHIEF),
            self.curators[0][0],
        ]
        own = ranked[0]
        assert own is not None
        person = self._roster(one.due_at).stand_in(own) or own
        return Responsible(Side.CURATOR, person, self.departments[own], own if person != own else None)

    def _roster(self, at: datetime) -> Roster:
        day = in_force().calendar.local(at).date()
        if day not in self.rosters:
            self.rosters[day] = roster_on(day, [user for user, *_ in self.curators], at=at)
        return self.rosters[day]


def _statuses(message_ids: Collection[int]) -> dict[int, list[tuple[datetime, Status]]]:
    acts = [action.value for action in Action]
    rows = db.session.execute(
        select(Event.message_id, Event.at, Event.changes)
        .where(Event.message_id.in_(message_ids), Event.action.in_(acts))
        .order_by(Event.id)
    )
    found: dict[int, list[tuple[datetime, Status]]] = defaultdict(list)
    for message_id, at, changes in rows:
        if (status := new_value(changes, "status")) is not None:
            found[message_id].append((at, Status(status)))
    return found


def _by_message(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.message_id].append(row)
    return found


def _holds(begun: datetime, ended: datetime | None, at: datetime) -> bool:
    return begun <= at and (ended is None or ended > at)
