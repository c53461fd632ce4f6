"""Conditions for «Ждёт меня» and its number in the menu."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import joinedload

from osm.extensions import db
from osm.regulation.words import PRESS_CENTRE, Role
from osm.regulation.workflow import OPEN
from osm.store.models import Danger, Instruction, InstructionState, Message, Shift, UrgentReading, UrgentReport
from osm.store.types import among_codes, is_code

# --- Conditions
TELEPHONE = PRESS_CENTRE
"""Roles that call the head."""


def instruction_waits(person_id: int, absent: Any, now: datetime) -> ColumnElement[bool]:
    """Condition on Instruction: this person has to report, to decide on a report, or gave one that is late. `absent`:
    ids of people he substitutes for (П.3), also as a parameter."""
    is_open = is_code(Instruction.state, InstructionState.OPEN)
    to_decide = or_(is_code(Instruction.state, InstructionState.REPORTED), and_(is_open, Instruction.due_at < now))
    return or_(
        and_(is_open, or_(Instruction.to_id == person_id, Instruction.to_id.in_(absent))),
        and_(Instruction.given_by_id == person_id, to_decide),
    )


def shift_waits(person_id: int) -> ColumnElement[bool]:
    """Condition on Shift: handed over by another person and not taken yet."""
    return and_(Shift.taken_at.is_(None), Shift.withdrawn_at.is_(None), Shift.given_by_id != person_id)


def report_waits(person_id: Any, roles: Collection[Role], heads: Any) -> ColumnElement[bool]:
    """Condition on UrgentReport: a leader has to read it, or the press centre to call. After his own reading a leader
    sees it again only if he is «глава» now (`heads`, also as a parameter) and was not then."""
    waits: list[ColumnElement[bool]] = []
    if Role.HEAD in roles:
        own = exists().where(UrgentReading.urgent_report_id == UrgentReport.id, UrgentReading.user_id == person_id)
        waits.append(or_(heads, ~own))
    if TELEPHONE & set(roles):
        waits.append(UrgentReport.call_told_at.is_not(None))
    return and_(UrgentReport.reached.is_(None), or_(*waits)) if waits else false()


def danger_waits() -> ColumnElement[bool]:
    """Condition on Danger: not decided, and the message is open."""
    is_open = (Message.id == Danger.message_id, among_codes(Message.status, OPEN), Message.recalled_at.is_(None))
    return and_(Danger.reply.is_(None), exists().where(*is_open))


# --- Signs of danger to life
def words_of(found: Sequence[dict[str, Any]]) -> str:
    """«провод», «упал», «дети»."""
    return ", ".join(f"«{word}»" for word in dict.fromkeys(word for one in found for word in one["words"]))


def waiting() -> list[Danger]:
    """Undecided signs with their messages, newest first."""
    asked = select(Danger).where(danger_waits()).order_by(Danger.noted_at.desc(), Danger.message_id.desc())
    return list(db.session.scalars(asked.options(joinedload(Danger.message), joinedload(Danger.seen_by))).unique())


def of_message(message_id: int) -> Danger | None:
    return db.session.get(Danger, message_id, options=[joinedload(Danger.seen_by)])
