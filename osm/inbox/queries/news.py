"""Rows of «Ждёт меня» that are not messages, each kind with the condition that it waits for a person."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, bindparam, case, func, or_, select

from osm.answers.queries.promises import PROMISED_BY, promise_values, promise_waits
from osm.base.database import db
from osm.base.types import OfRow, UtcDateTime, is_code
from osm.bursts import queries
from osm.complaints.queries import complaint_waits
from osm.emergency.queries import emergency_waits
from osm.flow.queries.duties import Asker
from osm.guarding.queries import CLOSERS, GUARDS, check_waits, key_waits, long_here, weak_waits
from osm.imports.queries.editions import LOOKERS, edition_waits, held_row_waits
from osm.imports.queries.runs import arrival_waits
from osm.models import (
    Account,
    Arrival,
    Assignment,
    Burst,
    Complaint,
    Danger,
    Draft,
    DutyTurn,
    Emergency,
    HeldRow,
    Instruction,
    InstructionState,
    LinkKind,
    LinkState,
    Memo,
    Message,
    MessageEdition,
    MessageLink,
    NeighbourQuestion,
    Note,
    PageTask,
    PortalMessage,
    Promise,
    PromiseState,
    Reply,
    Shift,
    Shortcoming,
    ThreadOffer,
    ToldFacts,
    UrgentReport,
)
from osm.neighbours.queries import question_waits
from osm.portal.queries import has_executor, portal_waits
from osm.regulation.blacklist import REVIEWERS
from osm.regulation.words import Role
from osm.shortcomings.queries.shortcomings import memo_waits, shortcoming_waits
from osm.talk.queries import waits_for
from osm.threads.queries import offer_waits
from osm.urgent.queries import instructions, shifts
from osm.urgent.queries.urgent import TELEPHONE, danger_waits, report_waits, shift_waits

NOTE, INSTRUCTION, REPORT, SHORTCOMING, MEMO, PAGE_CHECK, PAGE_TASK, OFFER, SHIFT = -1, -2, -3, -5, -6, -7, -8, -9, -10
EDITION, HELD_ROW, FACTS, DANGER, LOADING, COMPLAINT, EMERGENCY = -11, -12, -13, -14, -15, -16, -17
BURST, PAGE_KEY, PROMISE, ARRIVAL, PORTAL, NEIGHBOUR = -18, -19, -20, -29, -33, -36
"""Kinds of rows, used instead of a duty: a note of a colleague; an instruction, an urgent report, a shortcoming or a
memo (П.19) waits; a page is to be checked, may be lost, or a person's access to it is to be closed (Пр.1.2.3); an event
in a network may be a step on a message; a shift is handed over; a message changed in «Инцидент Менеджмент»; a row of an
export has the number of another message; a department got facts (П.17); words suggest danger (П.20); this person loads
the exports today; a complaint about a deletion or a ban; an emergency, or many messages about one thing (П.20); a
network refuses the key of a page; a promise is to be reported or checked; an export that came by itself waits for
a person; a message of ПОС is to be given to a department, or answered there; a question to a body outside is to
be checked.

-4 is the last row of the log.
"""
FIRST = frozenset({SHIFT, EMERGENCY, BURST, ARRIVAL})
"""Above everything with a term, except danger and high importance; terms run on in an export that waits."""
HIDDEN = frozenset({REPORT})  # in the bar above each page
KINDS = {
    NOTE: "note", INSTRUCTION: "instruction", REPORT: "urgent_report", SHORTCOMING: "shortcoming", MEMO: "memo",
    PAGE_CHECK: "page_guard", PAGE_TASK: "page_task", OFFER: "thread_offer", SHIFT: "shift",
    EDITION: "message_edition", HELD_ROW: "held_row", FACTS: "told_facts", DANGER: "danger", LOADING: "duty_turn",
    COMPLAINT: "complaint", EMERGENCY: "emergency", BURST: "burst", PAGE_KEY: "account", PROMISE: "promise",
    ARRIVAL: "import_run", PORTAL: "portal_message", NEIGHBOUR: "neighbour_question",
}  # fmt: skip
"""Their kinds of object in the log."""
_YESTERDAY, _TODAY = (bindparam(name, type_=UtcDateTime()) for name in ("opens", "midnight"))
DUE: dict[int, Any] = {
    HELD_ROW: HeldRow.due_at,
    COMPLAINT: Complaint.due_at,
    NEIGHBOUR: NeighbourQuestion.ends_at,
    # One that no executor has yet waits now, whatever its term.
    PORTAL: case((has_executor(), PortalMessage.due_at)),
    INSTRUCTION: case((is_code(Instruction.state, InstructionState.OPEN), Instruction.due_at)),
    PROMISE: case(
        (~is_code(Promise.state, PromiseState.OPEN), None), (Promise.due_on < PROMISED_BY, _YESTERDAY), else_=_TODAY
    ),
}
"""The deadline, for kinds that have one; a promise is due at the end of its day."""


def other_waits(asker: Asker) -> Iterator[tuple[Any, int, ColumnElement[bool]]]:
    """For each kind: the column of ids, the kind, the condition."""
    yield Note.id, NOTE, waits_for(asker.user_id, asker.roles)
    yield Shortcoming.id, SHORTCOMING, shortcoming_waits(asker.user_id, asker.roles)
    yield Memo.id, MEMO, memo_waits(asker.user_id, asker.roles)
    if Role.CURATOR in asker.roles:
        yield ThreadOffer.id, OFFER, offer_waits(asker.roles)
        yield Emergency.id, EMERGENCY, emergency_waits(asker.roles)
        yield HeldRow.id, HELD_ROW, held_row_waits(asker.roles)
        yield Burst.id, BURST, queries.WAITS
        yield Arrival.run_id, ARRIVAL, arrival_waits()
        yield Account.id, PAGE_KEY, key_waits()
        yield NeighbourQuestion.id, NEIGHBOUR, question_waits()
    if asker.roles & LOOKERS:
        yield MessageEdition.id, EDITION, edition_waits(asker.user_id, asker.roles)
    if asker.roles & REVIEWERS:
        yield Complaint.id, COMPLAINT, complaint_waits(asker.user_id, asker.roles)
    if asker.roles & {Role.EXECUTOR, Role.CURATOR}:
        yield Promise.id, PROMISE, promise_waits(asker.roles)
    absent = bindparam("absent", expanding=True, type_=Integer())
    yield Instruction.id, INSTRUCTION, instructions.instruction_waits(asker.user_id, absent, asker.now)
    if asker.roles & {Role.EXECUTOR, Role.CURATOR}:
        yield ToldFacts.id, FACTS, instructions.facts_wait(asker.user_id, absent, asker.roles)
        yield PortalMessage.id, PORTAL, portal_waits(asker.user_id, absent, asker.roles)
    if asker.roles & {Role.HEAD, *TELEPHONE}:
        yield UrgentReport.id, REPORT, report_waits(asker.user_id, asker.roles, bindparam("heads", type_=Boolean()))
    if asker.roles & TELEPHONE:
        yield Shift.id, SHIFT, shift_waits(asker.user_id)
        yield Danger.message_id, DANGER, danger_waits()
        closes = bindparam("closes", type_=UtcDateTime())
        yield DutyTurn.id, LOADING, shifts.loading_waits(asker.user_id, asker.borders.opens, closes)
    if asker.roles & GUARDS:
        since = bindparam("long_here", type_=UtcDateTime())
        yield Account.id, PAGE_CHECK, or_(check_waits(asker.now, since), weak_waits(since))
    if asker.roles & CLOSERS:
        yield PageTask.id, PAGE_TASK, PageTask.closed_at.is_(None)


def other_values(asker: Asker) -> dict[str, Any]:
    """Bind parameters of the conditions, except the person and the instant."""
    opens, absent = asker.borders.opens, asker.absent if Role.EXECUTOR in asker.roles else ()
    tomorrow = opens + timedelta(days=1)
    return {
        "long_here": long_here(asker.now), "opens": opens, "closes": tomorrow,
        "midnight": tomorrow - timedelta(seconds=1), **promise_values(opens.date(), [asker.user_id, *absent]),
    }  # fmt: skip


# --- The earlier message that a message of the list probably repeats (П.15), with its answer
ANSWER_LENGTH = 200  # characters of the answer that are read: a row shows only its first words


@dataclass(frozen=True, slots=True)
class Earlier(OfRow):
    """The most probable one, with the columns of _EARLIER. `executor_id`: its last executor."""

    row: Any

    @property
    def is_confirmed(self) -> bool:
        return self.row.state is LinkState.CONFIRMED

    @property
    def answer(self) -> str:
        return " ".join((self.row.text or "").split())

    @property
    def pair(self) -> str:
        """The value that the form of routing sends to confirm the pair."""
        return f"{self.row.id}:{self.row.link_version}"


_HAD_IT = select(Assignment.executor_id).where(Assignment.message_id == Message.id).order_by(Assignment.id.desc())
_EARLIER = (
    select(
        MessageLink.later_id, Message.id, Message.number, Message.status, MessageLink.version.label("link_version"),
        MessageLink.state, Reply.published_at.label("answered_at"),
        func.substr(Draft.text, 1, ANSWER_LENGTH).label("text"),
        _HAD_IT.limit(1).correlate(Message).scalar_subquery().label("executor_id"),
    )
    .join(Message, Message.id == MessageLink.earlier_id)
    .outerjoin(Reply, (Reply.message_id == Message.id) & Reply.published_at.is_not(None))
    .outerjoin(Draft, Draft.id == Reply.approved_draft_id)
    .where(
        MessageLink.later_id.in_(bindparam("ids", expanding=True, type_=Integer())),
        MessageLink.kind == LinkKind.REPEAT,
        MessageLink.state != LinkState.REJECTED,
        Message.recalled_at.is_(None),
    )
    .order_by(MessageLink.state, MessageLink.score.desc(), Message.id.desc(), Reply.published_at.desc())
)  # fmt: skip


def earlier_of(message_ids: Collection[int]) -> dict[int, Earlier]:
    """Message id → the message that it repeats; confirmed pairs before proposed ones. One query."""
    if not message_ids:
        return {}
    likeliest: dict[int, Earlier] = {}
    for row in db.session.execute(_EARLIER, {"ids": list(message_ids)}):
        likeliest.setdefault(row.later_id, Earlier(row))
    return likeliest
