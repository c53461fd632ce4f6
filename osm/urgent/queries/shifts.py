"""Handovers of shifts, what was open at them, and the duty roster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from osm.base.database import db
from osm.base.types import OfRow, among_codes, is_code, of_rows, with_columns
from osm.bursts import queries
from osm.flow.queries.clocks import summary
from osm.imports.queries.runs import of_networks
from osm.models import (
    Burst,
    Comment,
    Deadline,
    DutyTurn,
    ImportRun,
    ImportState,
    Instruction,
    InstructionState,
    Message,
    Promise,
    PromiseState,
    Reached,
    ReachedAs,
    Shift,
    UrgentReport,
    User,
    UserRole,
)
from osm.regulation.blacklist import CommentState
from osm.regulation.words import PRESS_CENTRE, DeadlineState, Status
from osm.urgent.queries.instructions import LIVE, known_to

# --- What is open at a handover
MOST = 100  # rows kept for a section; the number counts all
LATELY = timedelta(days=1)  # bursts and urgent reports are listed for this long
AT_PRESS = (Status.NEW, Status.SELECTED, Status.ON_APPROVAL, Status.APPROVED)
AT_EXECUTORS = (Status.IN_WORK, Status.REWORK, Status.AWAITING_FINAL)
_PROMISED = (PromiseState.OPEN, PromiseState.REPORTED)
COMMENTS = "comments"

WAITS = and_(Shift.taken_at.is_(None), Shift.withdrawn_at.is_(None))  # condition on Shift: waits to be taken


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A thing that was open. `state`: its state now; `is_over`: no more work is needed."""

    id: int
    title: str
    text: str
    state: str
    due: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A section. `total`: number of open things; `rows`: those listed."""

    key: str
    label: str
    total: int
    rows: tuple[OpenRow, ...]

    @property
    def still(self) -> int:
        return sum(not row.is_over for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Part:
    label: str
    ids: Callable[[datetime, tzinfo], Select[Any]]  # query of the open ids, most urgent first
    rows: Callable[[Sequence[int], User], Sequence[OpenRow]]


def open_now(now: datetime, zone: tzinfo) -> dict[str, Any]:
    """Section → ids and number of what is open, and the number of waiting comments."""
    found: dict[str, Any] = {}
    for key, part in PARTS.items():
        wanted = part.ids(now, zone)
        total = db.session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
        found[key] = {"ids": list(db.session.scalars(wanted.limit(MOST))) if total else [], "total": total}
    waiting = select(func.count()).where(is_code(Comment.state, CommentState.WAITING))
    return found | {COMMENTS: db.session.scalar(waiting) or 0}


def parts_of(content: dict[str, Any], person: User) -> list[OpenPart]:
    """Sections that are not empty, with the states of now."""
    found = []
    for key, part in PARTS.items():
        kept = content.get(key) or {}
        if ids := kept.get("ids"):
            order = {one: place for place, one in enumerate(ids)}
            rows = sorted(part.rows(ids, person), key=lambda row, order=order: order[row.id])  # type: ignore[misc]
            found.append(OpenPart(key, part.label, kept["total"], tuple(rows)))
    return found


def _due() -> Any:
    """Subquery: the next term of a message."""
    open_clock = and_(Deadline.message_id == Message.id, is_code(Deadline.state, DeadlineState.OPEN))
    return select(func.min(Deadline.due_at)).where(open_clock).correlate(Message).scalar_subquery()


def _at_press(_now: datetime, _zone: tzinfo) -> Select[Any]:
    due = _due()
    waits = (among_codes(Message.status, AT_PRESS), Message.recalled_at.is_(None))
    return select(Message.id).where(*waits).order_by(due.is_(None), due, Message.id)


def _late(now: datetime, _zone: tzinfo) -> Select[Any]:
    late = exists().where(
        Deadline.message_id == Message.id, is_code(Deadline.state, DeadlineState.OPEN), Deadline.due_at < now
    )
    theirs = (among_codes(Message.status, AT_EXECUTORS), Message.recalled_at.is_(None), late)
    return select(Message.id).where(*theirs).order_by(_due(), Message.id)


def _messages(while_in: Sequence[Status]) -> Callable[[Sequence[int], User], list[OpenRow]]:
    def rows(ids: Sequence[int], _person: User) -> list[OpenRow]:
        found = db.session.execute(
            select(Message.id, Message.number, Message.text, Message.status, _due()).where(
                Message.id.in_(ids), Message.recalled_at.is_(None)
            )
        )
        return [
            OpenRow(one, f"№ {number}", summary(text), status.label, due, status not in while_in)
            for one, number, text, status, due in found
        ]

    return rows


def _promised(now: datetime, zone: tzinfo) -> Select[Any]:
    """Includes tomorrow: asking in the morning would be too late."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    due_soon = (among_codes(Promise.state, _PROMISED), Promise.due_on <= tomorrow)
    return select(Promise.id).where(*due_soon).order_by(Promise.due_on, Promise.id)


def _promises(ids: Sequence[int], _person: User) -> list[OpenRow]:
    found = db.session.execute(
        select(Promise.id, Message.number, Promise.words, Promise.due_on, Promise.state)
        .join(Message, Message.id == Promise.message_id)
        .where(Promise.id.in_(ids), Message.recalled_at.is_(None))
    )
    states = {PromiseState.OPEN: "результата нет", PromiseState.REPORTED: "исполнитель доложил, решите"}
    found_rows = []
    for one, number, words, day, state in found:
        promised = f"Обещано: {words}" if words else f"Обещано на {day:%d.%m}"
        over = state not in _PROMISED
        found_rows.append(OpenRow(one, f"№ {number}", promised, states.get(state, "решено"), None, over))
    return found_rows


def _bursting(now: datetime, _zone: tzinfo) -> Select[Any]:
    lately = Burst.known_at > now - LATELY
    return select(Burst.id).where(lately, queries.HAS_TEXTS).order_by(Burst.known_at.desc(), Burst.id.desc())


def _bursts(ids: Sequence[int], _person: User) -> list[OpenRow]:
    reported = exists().where(UrgentReport.burst_id == Burst.id)
    reported_ids = set(db.session.scalars(select(Burst.id).where(Burst.id.in_(ids), reported)))
    states = {True: "доклад главе отправлен", False: "главе не доложено"}
    return [
        OpenRow(
            row.id,
            row.named,
            f"сообщений: {row.count}",
            states[row.id in reported_ids],
            None,
            row.settled_at is not None,
        )
        for row in queries.some(ids)
    ]


def _unread(now: datetime, _zone: tzinfo) -> Select[Any]:
    lately = or_(UrgentReport.reached.is_(None), UrgentReport.sent_at > now - LATELY)
    return select(UrgentReport.id).where(lately).order_by(UrgentReport.reached.is_not(None), UrgentReport.id.desc())


def _reports(ids: Sequence[int], _person: User) -> list[OpenRow]:
    found = db.session.execute(
        select(UrgentReport.id, UrgentReport.what, UrgentReport.reached, UrgentReport.reached_as).where(
            UrgentReport.id.in_(ids)
        )
    )
    return [
        OpenRow(one, f"№ {one}", summary(what), _known(reached, reached_as), None, reached is not None)
        for one, what, reached, reached_as in found
    ]


def _known(reached: Reached | None, reached_as: ReachedAs | None) -> str:
    if reached_as is not None:
        return "доведено до главы"
    return "доложено, кто глава, не указано" if reached else "не доведено до главы"


def _controlled(_now: datetime, _zone: tzinfo) -> Select[Any]:
    return select(Instruction.id).where(among_codes(Instruction.state, LIVE)).order_by(Instruction.due_at)


def _instructions(ids: Sequence[int], person: User) -> list[OpenRow]:
    found = db.session.execute(
        select(Instruction.id, User.name, Instruction.text, Instruction.state, Instruction.due_at)
        .join(User, User.id == Instruction.to_id)
        .where(Instruction.id.in_(ids), known_to(person, ()))
    )
    states = {InstructionState.OPEN: "на контроле", InstructionState.REPORTED: "доложено, ждёт решения"}
    return [
        OpenRow(
            one, name, summary(text), states.get(state, "закрыто"), due if state in LIVE else None, state not in LIVE
        )
        for one, name, text, state, due in found
    ]


# In the order of the page.
PARTS: dict[str, _Part] = {
    "urgent": _Part("Срочные доклады", _unread, _reports),
    "bursts": _Part("Всплески за сутки", _bursting, _bursts),
    "instructions": _Part("Поручения на контроле", _controlled, _instructions),
    "press": _Part("Ждут пресс-центра", _at_press, _messages(AT_PRESS)),
    "late": _Part("Просрочено у исполнителей", _late, _messages(AT_EXECUTORS)),
    "promises": _Part("Обещания до завтра", _promised, _promises),
}


# --- Handovers
SHIFTS_LIST_ROWS = 60


def waiting() -> Shift | None:
    """The one that waits to be taken."""
    return db.session.scalar(_shifts_query().where(WAITS).order_by(Shift.given_at.desc()).limit(1))


def one(shift_id: int) -> Shift | None:
    return db.session.scalar(_shifts_query().where(Shift.id == shift_id))


def listed() -> list[Shift]:
    """Newest first."""
    return list(db.session.scalars(_shifts_query().order_by(Shift.id.desc()).limit(SHIFTS_LIST_ROWS)))


def _shifts_query() -> Select[Shift]:
    given_by = joinedload(Shift.given_by, innerjoin=True).lazyload("*")
    return select(Shift).options(given_by, joinedload(Shift.taken_by).lazyload("*"))


# --- Duty roster
DUTY_LIST_ROWS = 200
_IN_PRESS_CENTRE = User.role_rows.any(UserRole.role.in_(PRESS_CENTRE))


@dataclass(frozen=True, slots=True)
class DutyRow(OfRow):
    """A turn. `phone`: for this turn, else his own. `instead_of`: the person of the current turn, who was skipped."""

    row: DutyTurn
    person: str
    phone: str
    may_note: bool
    instead_of: str = ""

    def holds(self, now: datetime) -> bool:
        return self.row.begins_at <= now < self.row.ends_at


def _duty_query() -> Any:
    phone = func.coalesce(func.nullif(DutyTurn.phone, ""), User.phone)
    may_note = User.is_active & _IN_PRESS_CENTRE
    columns = with_columns(DutyTurn, person=User.name, phone=phone, may_note=may_note)
    return select(*columns).join(User, User.id == DutyTurn.person_id)


def coming(now: datetime) -> list[DutyRow]:
    """The current turn and later ones, in order of time."""
    found = _duty_query().where(DutyTurn.ends_at > now).order_by(DutyTurn.begins_at, DutyTurn.id).limit(DUTY_LIST_ROWS)
    return of_rows(DutyRow, db.session.execute(found))


def loading(begin: datetime, end: datetime) -> list[DutyRow]:
    """Turns in this period with loading of exports, in order of time."""
    within = (DutyTurn.loads_exports, DutyTurn.begins_at >= begin, DutyTurn.begins_at < end)
    return of_rows(DutyRow, db.session.execute(_duty_query().where(*within).order_by(DutyTurn.begins_at)))


def loading_waits(person_id: Any, opens: Any, closes: Any) -> ColumnElement[bool]:
    """Condition on DutyTurn: this person loads exports today and has not loaded one. Accepts values or parameters."""
    loaded = exists().where(
        ImportRun.finished_at >= opens, is_code(ImportRun.state, ImportState.DONE), ImportRun.recalled_at.is_(None),
        of_networks(),
    )  # fmt: skip
    today = (DutyTurn.begins_at >= opens, DutyTurn.begins_at < closes)
    return and_(DutyTurn.loads_exports, DutyTurn.person_id == person_id, *today, ~loaded)


def passed(now: datetime, most: int = 30) -> list[DutyRow]:
    """Past turns, newest first."""
    found = (
        _duty_query().where(DutyTurn.ends_at <= now).order_by(DutyTurn.begins_at.desc(), DutyTurn.id.desc()).limit(most)
    )
    return of_rows(DutyRow, db.session.execute(found))


def people() -> list[tuple[int, str]]:
    """People who can be on duty: the press centre."""
    return list(
        db.session.execute(select(User.id, User.name).where(User.is_active, _IN_PRESS_CENTRE).order_by(User.name))
    )
