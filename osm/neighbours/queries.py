"""Bodies outside and the questions to them: lists, one of them, what waits for the curator, the term of the draft."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import joinedload

from osm.base.database import db
from osm.base.types import among_codes, is_code
from osm.models import Deadline, Message, NeighbourBody, NeighbourPhoto, NeighbourQuestion
from osm.neighbours.rules import ALIVE, QuestionState
from osm.regulation.words import ClockKind, DeadlineState

SHOWN = 200
_PREPARING = (ClockKind.DRAFT, ClockKind.REWORK, ClockKind.PART)


def bodies() -> Sequence[NeighbourBody]:
    return db.session.scalars(select(NeighbourBody).order_by(NeighbourBody.name)).all()


def body(body_id: int) -> NeighbourBody | None:
    return db.session.get(NeighbourBody, body_id)


def question(question_id: int) -> NeighbourQuestion | None:
    found: NeighbourQuestion | None = db.session.scalar(_whole().where(NeighbourQuestion.id == question_id))
    return found


def of_message(message_id: int) -> Sequence[NeighbourQuestion]:
    return db.session.scalars(
        _whole().where(NeighbourQuestion.message_id == message_id).order_by(NeighbourQuestion.id)
    ).all()


def listed() -> Sequence[NeighbourQuestion]:
    return db.session.scalars(_whole().order_by(NeighbourQuestion.id.desc()).limit(SHOWN)).all()


def question_waits() -> ColumnElement[bool]:
    """The condition that it waits for a curator."""
    alive = exists().where(Message.id == NeighbourQuestion.message_id, among_codes(Message.status, sorted(ALIVE)))
    return and_(is_code(NeighbourQuestion.state, QuestionState.WAITS), alive.correlate(NeighbourQuestion))


def waiting(ids: Sequence[int]) -> Sequence[NeighbourQuestion]:
    return db.session.scalars(_whole().where(NeighbourQuestion.id.in_(ids))).all()


def photo(photo_id: int) -> NeighbourPhoto | None:
    return db.session.get(NeighbourPhoto, photo_id)


def draft_due(message_id: int) -> Any:
    """When the draft, or the first of its parts, is due; None where no such clock runs."""
    running = (is_code(Deadline.state, DeadlineState.OPEN), among_codes(Deadline.kind, _PREPARING))
    return db.session.scalar(select(func.min(Deadline.due_at)).where(Deadline.message_id == message_id, *running))


def _whole() -> Any:
    return select(NeighbourQuestion).options(
        joinedload(NeighbourQuestion.message), joinedload(NeighbourQuestion.body),
        joinedload(NeighbourQuestion.asked_by), joinedload(NeighbourQuestion.sent_by),
        joinedload(NeighbourQuestion.entered_by),
    )  # fmt: skip
