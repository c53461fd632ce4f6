"""Change the office's calendar: a preview of the moved terms, then the new edition with the recomputed clocks (design
§4). Preview and change use the same decision and arithmetic; the edition that a person saw is the version, so the
second of two is refused.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from osm.base.database import db
from osm.base.errors import NotFound, must_exist
from osm.base.transaction import transaction
from osm.base.types import OfRow, is_code
from osm.calendar import queries as store_calendar
from osm.calendar.queries import CHECKED_YEAR
from osm.flow.acts import act as acts_act
from osm.flow.acts.terms import compute_term, in_force, with_calendar
from osm.log.acts.record import Change, record
from osm.models import (
    Assignment,
    CalendarEdition,
    Closure,
    Complaint,
    Deadline,
    HeldRow,
    ImportRun,
    Message,
    Origin,
    SubjectRequest,
    User,
)
from osm.regulation import deadlines, errors
from osm.regulation.blacklist import TERM_DAYS
from osm.regulation.words import ClockKind, DeadlineState, Importance
from osm.regulation.working_time import office_calendar, production_calendar, worktime
from osm.regulation.working_time.office_calendar import Act, OfficeCalendar, OwnSchedule, OwnYear
from osm.regulation.working_time.production_calendar import Day
from osm.retention.rules import REQUEST_DAYS

AT_ONCE = 2000  # clocks recomputed with the decision; the worker does the rest in slices
SHOWN = 200  # moved clocks listed in a preview; it counts all of them


@dataclass(frozen=True, slots=True)
class Decision:
    """One change of the calendar. `action` names it in the log; `change` raises MissingInput if it is not possible."""

    action: str
    change: Callable[[OfficeCalendar], OfficeCalendar]


@dataclass(frozen=True, slots=True)
class Move(OfRow):
    """One running clock with a new term; None: beyond the known years."""

    row: Row[Any]
    new: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision would change. `edition` is the one that it is based on."""

    edition: int
    after: OfficeCalendar
    clocks: int
    moved: int
    by_kind: dict[ClockKind, int]
    into_past: int  # moved clocks with a new term in the past, which is no breach
    breached: int  # moved clocks with a breach that stays recorded
    moves: tuple[Move, ...]
    days: tuple[tuple[Day | None, Day | None], ...]  # days that change, before and after; None if the year is unknown
    warnings: tuple[str, ...]

    @property
    def at_once(self) -> bool:
        return self.clocks <= AT_ONCE


@dataclass(frozen=True, slots=True)
class Decided:
    """The stored edition and the number of clocks moved with it; `has_more`: the worker has more to recompute."""

    edition: int
    moved: int
    has_more: bool


def decided_now() -> tuple[int, OfficeCalendar]:
    number = store_calendar.edition_in_force().number
    return number, store_calendar.decided_in(number)


def preview(decision: Decision, seen: int, now: datetime) -> Preview:
    """What the decision would change at `now`; this only reads. Raises MissingInput, StaleVersion."""
    after = _after(decision, seen)
    rules, current = with_calendar(after), in_force().calendar
    found: list[Move] = []
    by_kind: Counter[ClockKind] = Counter()
    clocks = into_past = breached = 0
    for clock, pauses in _running():
        clocks += 1
        minutes = clock.part_minutes if clock.kind is ClockKind.PART else None
        term = compute_term(rules, clock.kind, clock.started_at, clock.importance, clock.origin, pauses, minutes)
        if (new := term["due_at"]) == clock.due_at:
            continue
        by_kind[clock.kind] += 1
        into_past += new is not None and new <= now
        breached += clock.breached_at is not None
        if len(found) < SHOWN:
            found.append(Move(clock, new))
    return Preview(
        edition=seen, after=after, clocks=clocks, moved=by_kind.total(),
        by_kind={kind: by_kind[kind] for kind in ClockKind if by_kind[kind]}, into_past=into_past, breached=breached,
        moves=tuple(found), days=tuple(_changed_days(current, rules.calendar)), warnings=rules.calendar.warnings,
    )  # fmt: skip


def decide(decision: Decision, seen: int, *, actor: User, now: datetime) -> Decided:
    """Store the next edition and recompute the running clocks, in one transaction with the log. With more than AT_ONCE
    clocks the worker does the rest, also after a crash. Raises MissingInput, StaleVersion; after any error the database
    is unchanged."""
    with transaction() as session:
        after = _after(decision, seen)
        before = store_calendar.decided_in(seen)
        content = office_calendar.to_json(after)
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        session.add(
            CalendarEdition(
                number=seen + 1, content=content, digest=hashlib.sha256(text.encode()).hexdigest(),
                action=decision.action, created_at=now, created_by=actor,
            )
        )  # fmt: skip
        try:
            session.flush()
        except IntegrityError as error:
            # In PostgreSQL two can decide at the same instant; only the first gets the number.
            raise errors.StaleVersion(seen, seen + 1) from error
        store_calendar.forget()
        record(
            decision.action, at=now, actor=actor, changes={"edition": (seen, seen + 1), **_logged(before, after)},
            object_kind="calendar", object_id=seen + 1,
        )  # fmt: skip
        _recompute_rest()
        done = acts_act.recompute_slice(now, AT_ONCE, actor)
        return Decided(seen + 1, done.moved, acts_act.left_behind())


def _recompute_rest() -> None:
    """Terms that are no clocks: of rows of files that wait for a person, of open complaints and requests of people."""
    rules, counted = in_force(), HeldRow.run.has(ImportRun.history.is_(False))
    held = select(HeldRow).where(HeldRow.settled_at.is_(None), counted).order_by(HeldRow.id)
    for row in db.session.scalars(held.with_for_update(of=HeldRow)):
        term = compute_term(rules, ClockKind.ROUTE, row.received_at, Importance.NORMAL, Origin.INCIDENT, ())
        row.due_at = term["due_at"]
    complaints = select(Complaint).where(Complaint.outcome.is_(None)).order_by(Complaint.id)
    for complaint in db.session.scalars(complaints.with_for_update(of=Complaint)):
        complaint.due_at = rules.calendar.close_after(complaint.entered_at, TERM_DAYS)
    requests = select(SubjectRequest).where(SubjectRequest.closed_at.is_(None)).order_by(SubjectRequest.id)
    for request in db.session.scalars(requests.with_for_update(of=SubjectRequest)):
        request.due_at = rules.calendar.close_after(request.entered_at, REQUEST_DAYS)


def check_year(year: int, *, actor: User, now: datetime) -> None:
    """Log that a person has compared the days and hours of the year with the documents of the office."""
    if all(facts.year != year for facts in decided_now()[1].facts(store_calendar.load_facts())):
        raise NotFound("Год")
    with transaction():
        record("check_calendar", at=now, actor=actor, object_kind=CHECKED_YEAR, object_id=year)


def _after(decision: Decision, seen: int) -> OfficeCalendar:
    number, before = decided_now()
    errors.StaleVersion.unless_seen(seen, number)
    after = decision.change(before)
    errors.refuse("", after == before, "Здесь ничего не изменилось: календарь уже такой.")
    return after


def _running() -> Iterator[tuple[Row[Any], list[deadlines.Pause]]]:
    """All running clocks with what decides their terms, the next term first."""
    waiting = select(Deadline.message_id).where(is_code(Deadline.state, DeadlineState.OPEN))
    restored = (
        select(Closure.message_id, Closure.closed_at, Closure.restored_at)
        .where(Closure.restored_at.is_not(None), Closure.message_id.in_(waiting))
        .order_by(Closure.id)
    )
    pauses: dict[int, list[deadlines.Pause]] = defaultdict(list)
    for message_id, closed_at, restored_at in db.session.execute(restored):
        if restored_at is not None:
            pauses[message_id].append((closed_at, restored_at))
    query = (
        select(Deadline.kind, Deadline.started_at, Deadline.due_at, Deadline.breached_at)
        .add_columns(Message.id.label("message_id"), Message.number, Message.importance, Message.origin)
        .add_columns(Assignment.part_minutes)
        .join(Message, Message.id == Deadline.message_id)
        .outerjoin(Assignment, Assignment.id == Deadline.assignment_id)
        .where(is_code(Deadline.state, DeadlineState.OPEN))
        .order_by(Deadline.due_at, Deadline.id)
    )
    for row in db.session.execute(query):
        yield row, pauses[row.message_id]


def _changed_days(old: worktime.WorkCalendar, new: worktime.WorkCalendar) -> Iterator[tuple[Day | None, Day | None]]:
    for day in sorted(old.dates | new.dates):
        before = old.day(day) if day in old.dates else None
        after = new.day(day) if day in new.dates else None
        if before != after:
            yield before, after


def _logged(before: OfficeCalendar, after: OfficeCalendar) -> dict[str, Change]:
    """The decision as codes: days, hours, years. The names of documents are only in the edition."""
    old, new = _codes(before), _codes(after)
    return {name: (old.get(name), new.get(name)) for name in sorted(old | new) if old.get(name) != new.get(name)}


def _codes(calendar: OfficeCalendar) -> dict[str, str]:
    codes = {"presidential": "on" if calendar.presidential else "off"}
    for act in calendar.acts:
        days = ",".join(day.isoformat() for day in act.days)
        codes[f"act-{act.number}"] = f"{act.layer.value} {days} {production_calendar.hours_words(act.hours) or 'off'}"
    for own in calendar.schedules:
        week = " / ".join(production_calendar.hours_words(hours) or "off" for hours in own.schedule.week)
        codes[f"schedule-{own.number}"] = f"{own.schedule.valid_from.isoformat()} {week}"
    for year in calendar.years:
        moved = ",".join(f"{source:%m-%d}>{target:%m-%d}" for source, target in year.moved)
        codes[f"year-{year.year}"] = f"{'decree' if year.decree else 'provisional'} {moved}".strip()
    return codes


# --- Decisions
ACT, ACT_WITHDRAWN = "calendar_act", "calendar_act_withdrawn"
SCHEDULE, SCHEDULE_WITHDRAWN = "calendar_schedule", "calendar_schedule_withdrawn"
YEAR, YEAR_WITHDRAWN = "calendar_year", "calendar_year_withdrawn"
PRESIDENTIAL = "calendar_presidential"


def enter_act(act: Act) -> Decision:
    """A new act (number 0), or new content of the act with this number."""

    def change(calendar: OfficeCalendar) -> OfficeCalendar:
        if act.number and calendar.act(act.number) is None:
            raise NotFound("Акт")
        return office_calendar.with_act(calendar, act, calendar.facts(store_calendar.load_facts()))

    return Decision(ACT, change)


def withdraw_act(number: int) -> Decision:
    def change(calendar: OfficeCalendar) -> OfficeCalendar:
        must_exist(calendar.act(number), "Акт")
        return office_calendar.without_act(calendar, number)

    return Decision(ACT_WITHDRAWN, change)


def enter_schedule(own: OwnSchedule) -> Decision:
    """A new schedule (number 0), or new content of the schedule with this number."""

    def change(calendar: OfficeCalendar) -> OfficeCalendar:
        if own.number and calendar.own_schedule(own.number) is None:
            raise NotFound("Расписание")
        return office_calendar.with_schedule(calendar, own)

    return Decision(SCHEDULE, change)


def withdraw_schedule(number: int) -> Decision:
    def change(calendar: OfficeCalendar) -> OfficeCalendar:
        must_exist(calendar.own_schedule(number), "Расписание")
        return office_calendar.without_schedule(calendar, number)

    return Decision(SCHEDULE_WITHDRAWN, change)


def enter_year(own: OwnYear) -> Decision:
    """The decree of a provisional year, or the year after the last known one."""
    return Decision(YEAR, lambda calendar: office_calendar.with_year(calendar, own, store_calendar.load_facts()))


def withdraw_year(year: int) -> Decision:
    def change(calendar: OfficeCalendar) -> OfficeCalendar:
        must_exist(calendar.own_year(year), "Постановление")
        return office_calendar.without_year(calendar, year, store_calendar.load_facts())

    return Decision(YEAR_WITHDRAWN, change)


def set_presidential(wanted: bool) -> Decision:
    """Whether the President's non-working days count as days off here."""
    return Decision(PRESIDENTIAL, lambda calendar: office_calendar.with_presidential(calendar, wanted))
