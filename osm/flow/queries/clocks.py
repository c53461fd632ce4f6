"""A row of «Ждёт меня», read for many messages at once, and the limits for very long lists."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    any_,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.base.types import OfRow, among_codes, is_code
from osm.flow.queries.duties import HURRY, TO_ROUTE, Duty, Executors, When, measures, runs
from osm.models import Assignment, Deadline, Decision, Department, Draft, Message, MessageVerdict, Reply, Topic, User
from osm.regulation.executors import acting_words
from osm.regulation.words import PART_REWORK, ClockKind, DeadlineState, Importance, Role, Status

SUMMARY_LENGTH = 140  # characters
_SHORT, _LONG = SUMMARY_LENGTH + 60, 2000
"""Characters read of a text; the longer one if its words may suggest a topic."""


@dataclass(frozen=True, slots=True)
class RowClock(OfRow):
    """A running clock. `executor_id`: of the part that it measures (П.14); empty for a clock of the message."""

    row: Any
    executor_id: int | None = None

    @property
    def label(self) -> str:
        is_part = self.executor_id and self.row.kind is ClockKind.REWORK
        return PART_REWORK if is_part else self.row.kind.label


@dataclass(frozen=True, slots=True)
class RowPerson:
    """Who prepares the answer, and how to reach him."""

    id: int
    name: str
    department: str
    phone: str


@dataclass(frozen=True, slots=True)
class InboxRow(OfRow):
    """One message on the list, with the columns of _ROWS. `clocks`: all that run; `clock`: the one that counts here."""

    row: Any
    summary: str
    role: Role  # the role in which this person has to act
    verb: str
    clock: RowClock | None
    clocks: Mapping[ClockKind, RowClock]
    part_clocks: Sequence[RowClock]  # the running clocks of parts (П.14), the next term first
    is_shared: bool  # whether the duty is that of a message with several executors
    people: Sequence[RowPerson]
    waits_for: str = ""  # who has to act, if not this person
    group_id: int | None = None  # the common answer that does this duty
    members: int = 1  # how many messages this does at once

    @property
    def late_person(self) -> RowPerson | None:
        """The executor of the part that is late, if it is another person's."""
        executor_id = self.clock.executor_id if self.clock else None
        return next((person for person in self.people if person.id == executor_id), None)

    @property
    def hurries(self) -> bool:
        return self.verb == HURRY

    @property
    def waits_for_executor(self) -> bool:
        return self.row.status in TO_ROUTE

    @property
    def is_high(self) -> bool:
        return self.row.importance is Importance.HIGH


def read_rows(wanted: Sequence[tuple[int, Duty]], asker_id: int | None = None) -> dict[int, InboxRow]:
    """Message id → its row, measured by the duty's clock; three statements for any number of messages."""
    if not wanted:
        return {}
    ids = [message_id for message_id, _ in wanted]
    rows, people = {row.id: row for row in db.session.execute(_ROWS, {"ids": ids})}, active_people(ids)
    clocks, of_parts = running_clocks(ids)
    finished = {}
    for message_id, duty in wanted:
        if row := rows.get(message_id):
            running, parts = clocks.get(message_id, {}), of_parts.get(message_id, [])
            finished[message_id] = InboxRow(
                row, summary=summary(row.text[:_SHORT]), role=duty.role, verb=duty.verb,
                clock=_measuring(duty, row.importance, running, parts, asker_id), clocks=running, part_clocks=parts,
                is_shared=duty.is_shared, people=people.get(message_id, ()),
            )  # fmt: skip
    return finished


def _measuring(
    duty: Duty, importance: Importance, running: Mapping[ClockKind, RowClock], parts: Sequence[RowClock],
    asker_id: int | None,
) -> RowClock | None:  # fmt: skip
    if duty.executors is Executors.PART:
        return next((clock for clock in parts if clock.executor_id == asker_id), None)
    if duty.executors is Executors.LATE_PART:
        return next(iter(parts), None)
    return next((running[kind] for kind in duty.clocks_for(importance) if kind in running), None)


_IDS: Any = bindparam("ids", expanding=True, type_=Integer())
_CLOCKS = (
    select(
        Deadline.message_id, Deadline.assignment_id, Deadline.kind, Deadline.clause, Deadline.unit, Deadline.due_at,
        Deadline.explanation, Deadline.blameless, Assignment.executor_id,
    )
    .outerjoin(Assignment, Assignment.id == Deadline.assignment_id)
    # An open clock has no end. With the state as condition, SQLite would read the open clocks of all messages.
    .where(Deadline.message_id.in_(_IDS), Deadline.ended_at.is_(None))
    .order_by(Deadline.due_at.is_(None), Deadline.due_at, Deadline.id)
)  # fmt: skip
"""This and the next ones are built once: building takes longer than running."""


def running_clocks(ids: Sequence[int]) -> tuple[dict[int, dict[ClockKind, RowClock]], dict[int, list[RowClock]]]:
    """Message id → its running clocks, and message id → those of its parts (П.14), the next term first."""
    found: dict[int, dict[ClockKind, RowClock]] = defaultdict(dict)
    of_parts: dict[int, list[RowClock]] = defaultdict(list)
    for row in db.session.execute(_CLOCKS, {"ids": ids}):
        if row.assignment_id is None:
            found[row.message_id][row.kind] = RowClock(row)
        else:
            of_parts[row.message_id].append(RowClock(row, row.executor_id))
    return found, of_parts


_ABSENT = aliased(User)
_PEOPLE = (
    select(Assignment.message_id, User.id, User.name, User.phone, Department.short_name, Department.phone, _ABSENT.name)
    .join(User, User.id == Assignment.executor_id)
    .outerjoin(_ABSENT, _ABSENT.id == Assignment.for_id)
    .outerjoin(Department, Department.id == Assignment.department_id)
    .where(Assignment.message_id.in_(_IDS), Assignment.ended_at.is_(None))
    .order_by(Assignment.order_no, Assignment.id)
)


def active_people(ids: Sequence[int]) -> dict[int, list[RowPerson]]:
    """Message id → who prepares its answer now, in the order of П.14."""
    found: dict[int, list[RowPerson]] = defaultdict(list)
    rows = db.session.execute(_PEOPLE, {"ids": ids})
    for message_id, user_id, name, phone, department, office_phone, absent_name in rows:
        name = acting_words(name, absent_name or "")
        found[message_id].append(RowPerson(user_id, name, department or "", phone or office_phone or ""))
    return found


_IS_PROPOSED = is_code(MessageVerdict.decision, Decision.EXCLUDE) & MessageVerdict.reply.is_(None)

_DRAFTS = (
    select(Draft)
    .join(Reply, Draft.reply_id == Reply.id)
    .where(Reply.message_id == Message.id, Reply.published_at.is_(None))
    .correlate(Message)
)
"""Of the current reply: when its last version was submitted, and when it was approved."""
_SUBMITTED = _DRAFTS.with_only_columns(func.max(Draft.submitted_at))
_APPROVED = _DRAFTS.where(Draft.id == Reply.approved_draft_id).with_only_columns(func.max(Draft.decided_at))

_UNTITLED = Message.topic_id.is_(None) & Message.status.in_(TO_ROUTE)
_ROWS = (
    select(
        Message.id, Message.number, Message.version, Message.status, Message.importance, Message.network,
        func.substr(Message.text, 1, case((_UNTITLED, _LONG), else_=_SHORT)).label("text"),
        Message.place, Message.topic_id, func.coalesce(Topic.name, Message.source_topic).label("topic"),
        Message.is_repeat, Message.received_at, Message.detected_at, Message.source_deadline,
        MessageVerdict.findings.label("proposed"), MessageVerdict.version.label("verdict"),
        case((is_code(Message.status, Status.ON_APPROVAL), _SUBMITTED.scalar_subquery())).label("submitted_at"),
        case((is_code(Message.status, Status.APPROVED), _APPROVED.scalar_subquery())).label("approved_at"),
    )
    .outerjoin(Topic, Topic.id == Message.topic_id)
    .outerjoin(MessageVerdict, (MessageVerdict.message_id == Message.id) & _IS_PROPOSED)
    .where(Message.id.in_(_IDS))
)  # fmt: skip


def summary(text: str) -> str:
    """The beginning of a text on one line, cut between words."""
    line = " ".join(text.split())
    if len(line) <= SUMMARY_LENGTH:
        return line
    return line[: SUMMARY_LENGTH + 1].rsplit(" ", 1)[0][:SUMMARY_LENGTH].rstrip(" ,.;:—-") + "…"


# --- Lists of thousands are cut
COUNTED = 1000  # messages read for each part of the day; above this the screen says «999+»
CLOCKS = 3  # the most clocks of one message among those that are read

Near = dict[Status, list[int]]  # status → ids of its messages that may be on the list


def is_pile(statuses: Collection[Status]) -> bool:
    """Whether there are too many messages in these statuses to look at each."""
    return (db.session.scalar(_count_of(frozenset(statuses))) or 0) > COUNTED


@lru_cache(maxsize=64)
def _count_of(statuses: frozenset[Status]) -> Select[Any]:
    some = select(Message.id).where(among_codes(Message.status, sorted(statuses))).limit(COUNTED + 1)
    return select(func.count()).select_from(some.subquery())


def is_bounded(duty: Duty) -> bool:
    """Whether there may be too many messages for this duty."""
    return duty.role is not Role.EXECUTOR


def near_ids(duties: Sequence[Duty], soon: ColumnElement[Any]) -> Select[Any]:
    """Id and status of COUNTED messages each: with the earliest terms until `soon`, with the next terms after it, with
    an unknown term, and (the newest in each status) without a term."""
    ahead = [duty for duty in duties if duty.when is not When.LATE]
    parts = [
        _by_term(duties, Deadline.due_at <= soon),
        _by_term(ahead, Deadline.due_at > soon),
        _by_term(ahead, Deadline.due_at.is_(None)),
        *(_without_term(duty) for duty in ahead if duty.when is When.ALWAYS),
    ]
    ids = union_all(*parts).subquery()
    columns: list[Any] = [Message.id, Message.status]
    return select(*columns).where(Message.id.in_(select(ids.c.id)))


def by_status(rows: Iterable[tuple[int, Status]]) -> Near:
    """The result of `near_ids` by status."""
    near: Near = defaultdict(list)
    for message_id, status in rows:
        near[status].append(message_id)
    return near


def is_near(duty: Duty, dialect: str) -> ColumnElement[bool]:
    """The condition on Message, for `near_values`."""
    name = f"near_{duty.status.value}"
    if dialect == "sqlite":
        ids = func.json_each(bindparam(name, type_=String())).table_valued("value")
        return Message.id.in_(select(ids.c.value))
    return Message.id == any_(bindparam(name, type_=ARRAY(Integer)))


def near_values(near: Near, duties: Iterable[Duty], dialect: str) -> dict[str, Any]:
    """The parameters of `is_near`."""
    ids = {f"near_{duty.status.value}": near.get(duty.status, []) for duty in duties}
    return {name: json.dumps(found) for name, found in ids.items()} if dialect == "sqlite" else dict(ids)


def _by_term(duties: Sequence[Duty], when: ColumnElement[bool]) -> Select[Any]:
    """Read the terms in order and skip messages that are no duty here; enough are found soon."""
    concerns = or_(
        *(
            and_(is_code(Message.status, duty.status), among_codes(Deadline.kind, duty.clocks), measures(duty))
            for duty in duties
        )
    )
    walked = (
        select(Deadline.message_id, Deadline.due_at)
        .where(
            is_code(Deadline.state, DeadlineState.OPEN),
            when,
            select(concerns).where(Message.id == Deadline.message_id).correlate(Deadline).scalar_subquery(),
        )
        .order_by(Deadline.due_at, Deadline.id)
        .limit(CLOCKS * COUNTED)
        .subquery()
    )
    first = func.min(walked.c.due_at)
    by_message = select(walked.c.message_id.label("id")).group_by(walked.c.message_id)
    return select(by_message.order_by(first, walked.c.message_id).limit(COUNTED).subquery().c.id)


def _without_term(duty: Duty) -> Select[Any]:
    newest = (
        select(Message.id)
        .where(is_code(Message.status, duty.status))
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(COUNTED)
        .subquery()
    )
    return select(Message.id).where(Message.id.in_(select(newest.c.id)), not_(runs(duty)))
