"""Overview for the head: missed deadlines with the people responsible, and today's answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, case, exists, func, or_, select

from osm.base.database import db
from osm.base.types import among_codes, is_code
from osm.flow.queries.clocks import CLOCKS, COUNTED, InboxRow, read_rows
from osm.flow.queries.duties import TO_ROUTE, Asker, Duty
from osm.groups.queries import common_answer
from osm.models import Assignment, Deadline, Draft, Message, Reply, User, UserRole
from osm.regulation.transitions import AT_PRESS_CENTRE, OPEN
from osm.regulation.words import ClockKind, DeadlineState, Role, Status

# --- Overview
OVERVIEW_ROWS = 50

#: Every clock that can be late, the nearest work first.
_LATE = Duty(
    Role.HEAD, Status.NEW, "",
    (ClockKind.ROUTE, ClockKind.APPROVE, ClockKind.REWORK, ClockKind.DRAFT, ClockKind.FINAL, ClockKind.ANSWER),
)  # fmt: skip

#: Statuses in which somebody works on a message; messages that are not routed may be thousands.
_WITH_SOMEBODY = sorted(OPEN - set(TO_ROUTE))

#: The common answer of a message with any status; with other statuses `common_answer` may give NULL.
ANSWER = common_answer(Status.IN_WORK)

#: Who is awaited, by status.
WAITS_FOR: dict[Status, str] = {
    Status.NEW: "Ждёт куратора: направить", Status.SELECTED: "Ждёт куратора: направить",
    Status.IN_WORK: "Готовит исполнитель", Status.ON_APPROVAL: "Ждёт куратора: согласовать",
    Status.REWORK: "Дорабатывает исполнитель", Status.APPROVED: "Ждёт публикации",
    Status.AWAITING_AUTHOR: "Ждём ответа автора", Status.AWAITING_FINAL: "Готовит исполнитель",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LateMessages:
    """Messages with a missed deadline; `total` also counts those not shown, at most COUNTED. Messages with one common
    answer are one row, that with the longest wait."""

    total: int
    rows: tuple[InboxRow, ...]


def late_messages(now: datetime, departments: frozenset[int] | None = None) -> LateMessages:
    """Open messages with an overdue clock, the longest wait first; blameless clocks do not count. `departments`: only
    messages that these prepare."""
    late = late_now(now, departments).subquery()
    found = db.session.execute(
        select(late.c.message_id, Message.status, ANSWER)
        .join(Message, Message.id == late.c.message_id)
        .order_by(late.c.due, late.c.message_id)
    ).all()
    return LateMessages(len(found), tuple(_measured_by_late_clock(row, now) for row in _rows(_together(found))))


def answered_since(instant: datetime, departments: frozenset[int] | None = None) -> Sequence[Row[Any]]:
    """Replies published since `instant`, newest first; `departments`: only theirs. `in_time` None: no clock ran."""
    owed = exists().where(
        Deadline.message_id == Reply.message_id,
        Deadline.kind.in_((ClockKind.ANSWER, ClockKind.FINAL)),
        Deadline.ended_at == Reply.published_at,
    )
    late = owed.where(Deadline.breached_at.is_not(None))
    found = db.session.execute(
        select(
            Message.id.label("message_id"), Message.number, Message.network,
            func.substr(Message.text, 1, 300).label("text"), Reply.kind, Reply.published_at, Reply.published_url,
            func.substr(Draft.text, 1, 300).label("answer"), case((owed, ~late)).label("in_time"),
        )
        .join(Reply, Reply.message_id == Message.id)
        .join(Draft, Draft.id == Reply.approved_draft_id)
        .where(Reply.published_at >= instant, *_prepared_by(departments, Message.id))
        .order_by(Reply.published_at.desc(), Reply.id.desc())
        .limit(OVERVIEW_ROWS)
    )  # fmt: skip
    return found.all()


def department_rows(asker: Asker) -> list[InboxRow]:
    """Messages of colleagues in the same department, by deadline, so that an executor can substitute for them."""
    next_due = (
        select(func.min(Deadline.due_at))
        .where(
            Deadline.message_id == Message.id,
            among_codes(Deadline.kind, _LATE.clocks),
            is_code(Deadline.state, DeadlineState.OPEN),
            Deadline.assignment_id.is_(None),
        )
        .correlate(Message)
        .scalar_subquery()
        .label("due")
    )
    found = db.session.execute(
        select(Message.id, Message.status, ANSWER, next_due)
        .where(*_of_colleagues(asker))
        .order_by(next_due.is_(None), next_due, Message.id)
        .limit(COUNTED)
    )
    shown = _together((message_id, status, answer) for message_id, status, answer, _ in found)
    return [replace(row, waits_for=WAITS_FOR[row.status]) for row in _rows(shown)]


def count_department(asker: Asker) -> int:
    if asker.department_id is None or Role.EXECUTOR not in asker.roles:
        return 0
    return db.session.scalar(select(func.count()).select_from(Message).where(*_of_colleagues(asker))) or 0


def _of_colleagues(asker: Asker) -> tuple[ColumnElement[bool], ...]:
    running = (Assignment.message_id == Message.id, Assignment.ended_at.is_(None))
    mine = exists().where(*running, Assignment.executor_id == asker.user_id)
    theirs = exists().where(*running, Assignment.department_id == asker.department_id)
    return among_codes(Message.status, _WITH_SOMEBODY), theirs, ~mine


class _Shown(NamedTuple):
    """One row: its message, its common answer, the number of messages with that answer."""

    id: int
    answer: int | None
    members: int


def _together(found: Iterable[tuple[int, Status, int | None]]) -> list[_Shown]:
    """In the given order; messages with one common answer and the same status are one row."""
    rows: dict[tuple[Status, int | None, int], _Shown] = {}
    for message_id, status, answer in found:
        key = (status, answer, 0 if answer else message_id)
        before = rows.get(key, _Shown(message_id, answer, 0))
        rows[key] = before._replace(members=before.members + 1)
    return list(rows.values())[:OVERVIEW_ROWS]


def _rows(shown: Sequence[_Shown]) -> list[InboxRow]:
    rows = read_rows([(one.id, _LATE) for one in shown])
    return [replace(rows[one.id], group_id=one.answer, members=one.members) for one in shown if one.id in rows]


def late_now(now: datetime, departments: frozenset[int] | None = None) -> Select[Any]:
    """message_id and due of open messages with a missed deadline, the longest wait first, at most COUNTED. Follows the
    index of deadlines, so that of a very long list only the first thousand are read."""
    is_open = select(among_codes(Message.status, sorted(OPEN))).where(Message.id == Deadline.message_id)
    walked = (
        select(Deadline.message_id, Deadline.due_at)
        .where(
            is_code(Deadline.state, DeadlineState.OPEN),
            Deadline.due_at < now,
            Deadline.blameless.is_(False),
            is_open.correlate(Deadline).scalar_subquery(),
            *_prepared_by(departments, Deadline.message_id),
        )
        .order_by(Deadline.due_at, Deadline.id)
        .limit(CLOCKS * COUNTED)
        .subquery()
    )
    due = func.min(walked.c.due_at).label("due")
    found = select(walked.c.message_id, due).group_by(walked.c.message_id)
    return found.order_by(due, walked.c.message_id).limit(COUNTED)


def _prepared_by(departments: frozenset[int] | None, message_id: Any) -> list[ColumnElement[bool]]:
    """Whether the message is with one of these departments, or was when it was closed; no condition for None."""
    if departments is None:
        return []
    lasted = or_(Assignment.ended_at.is_(None), Assignment.ended_at == Message.closed_at)
    theirs = (
        select(Assignment.message_id)
        .join(Message, Message.id == Assignment.message_id)
        .where(Assignment.department_id.in_(departments), lasted)
    )
    return [message_id.in_(theirs)]


def _measured_by_late_clock(row: InboxRow, now: datetime) -> InboxRow:
    """The row with the clock that was missed first, and the person responsible."""
    running = (*row.clocks.values(), *row.part_clocks)
    late = [c for c in running if c.due_at and c.due_at < now and not c.blameless]
    first = min(late, key=lambda clock: clock.due_at or now, default=row.clock)
    late_row = replace(row, clock=first, waits_for=WAITS_FOR[row.status])
    person = late_row.late_person
    return replace(late_row, waits_for=f"Готовит информацию: {person.name}") if person else late_row


# --- Who is late


def count_late_at_press(now: datetime) -> int:
    """Late messages that wait for the press centre."""
    late = late_now(now).subquery()
    found = select(func.count()).select_from(late).join(Message, Message.id == late.c.message_id)
    return db.session.scalar(found.where(among_codes(Message.status, sorted(AT_PRESS_CENTRE)))) or 0


def curators() -> list[tuple[str, str]]:
    """Name and telephone of the people who route, approve and publish."""
    people = select(User.name, User.phone).where(User.is_active, User.role_rows.any(UserRole.role == Role.CURATOR))
    return list(db.session.execute(people.order_by(User.name)))
