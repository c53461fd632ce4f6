"""Emergencies: those that are on, the publications held, and messages that may be about the event."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from osm.base.database import db
from osm.base.types import is_code
from osm.groups.queries import GROUPED, JOINING
from osm.models import (
    Connection,
    ConnectionState,
    Emergency,
    EmergencyHold,
    Message,
    OutboxAction,
    Placement,
    Publication,
)
from osm.plan.rules import HELD, HELD_UNTIL, PublicationState
from osm.register.queries.filter import Question, matching
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.words import Role

UNDECIDED = (PublicationState.APPROVED, PublicationState.FAILED)  # held completely; held on some pages
_IN_PART = (PublicationState.FAILED, PublicationState.SCHEDULED)
OFFERED = 100  # messages offered as those about the event
SHOWN = 100


def emergency_waits(roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition on Emergency: it is on, or it is over and held publications wait for a decision."""
    if Role.CURATOR not in roles:
        return and_(Emergency.id < 0)
    holds = exists().where(
        EmergencyHold.emergency_id == Emergency.id, Publication.id == EmergencyHold.publication_id, _is_undecided()
    )
    return and_(Emergency.begun_at.is_not(None), or_(Emergency.ended_at.is_(None), holds))


def waiting(roles: Collection[Role]) -> list[Emergency]:
    return _rows(emergency_waits(roles))


def emergencies() -> list[Emergency]:
    return _rows()


def in_force() -> list[Emergency]:
    """Those that hold the plan now."""
    return _rows(Emergency.begun_at.is_not(None), Emergency.ended_at.is_(None))


def held(emergency_id: int) -> list[Publication]:
    """Publications that it holds, completely or in part, by their planned time."""
    wanted = select(Publication).join(EmergencyHold, EmergencyHold.publication_id == Publication.id)
    wanted = wanted.where(EmergencyHold.emergency_id == emergency_id, _is_undecided())
    return list(db.session.scalars(wanted.order_by(Publication.at, Publication.id)).unique())


def to_hold() -> list[Publication]:
    """Publications that the program would publish or is publishing; of failed ones those that still wait on other
    pages. Notices of emergencies are never held."""
    waits = exists().where(
        Placement.publication_id == Publication.id, OutboxAction.placement_id == Placement.id,
        OutboxAction.kind == OutboxKind.POST, OutboxAction.state == OutboxState.PENDING,
        OutboxAction.for_person.is_(False),
    )  # fmt: skip
    wanted = select(Publication).where(
        Publication.id.not_in(select(Emergency.notice_id)),
        or_(Publication.state == PublicationState.SCHEDULED, and_(Publication.state == PublicationState.FAILED, waits)),
    )
    return list(db.session.scalars(wanted.order_by(Publication.at, Publication.id)).unique())


def not_held(row: Emergency) -> list[Placement]:
    """Publications that could not be held, because the network was asked before the press."""
    if row.begun_at is None:
        return []
    wanted = (
        select(Placement)
        .join(OutboxAction, OutboxAction.placement_id == Placement.id)
        .where(
            OutboxAction.kind == OutboxKind.POST,
            OutboxAction.created_at <= row.begun_at,
            OutboxAction.sent_at <= row.begun_at,
            or_(OutboxAction.settled_at.is_(None), OutboxAction.settled_at > row.begun_at),
            OutboxAction.state != OutboxState.CANCELLED,
            OutboxAction.for_person.is_(False),
            Placement.publication_id.not_in(select(Emergency.notice_id)),
        )
        .options(joinedload(Placement.publication), joinedload(Placement.account))
    )
    return list(db.session.scalars(wanted.order_by(Placement.id)).unique())


def not_answering(now: datetime) -> frozenset[int]:
    """Pages with a failing network or a pause of requests; no posts are sent there."""
    wanted = select(Connection.account_id).where(
        or_(Connection.state == ConnectionState.FAILING, Connection.rest_until > now, Connection.acts_rest_until > now)
    )
    return frozenset(db.session.scalars(wanted))


def holder_of(publication_id: int) -> Emergency | None:
    wanted = select(Emergency).join(EmergencyHold, EmergencyHold.emergency_id == Emergency.id)
    return db.session.scalar(wanted.where(EmergencyHold.publication_id == publication_id))


def candidates(question: Question) -> list[Message]:
    """Open messages without a common answer that have any of these words, the newest first."""
    if not question:
        return []
    has_word = Message.id.in_(matching([[form for forms in question for form in forms]]))
    wanted = select(Message).where(
        Message.status.in_(JOINING), Message.recalled_at.is_(None), Message.id.not_in(GROUPED), has_word
    )
    newest = wanted.order_by(Message.received_at.desc(), Message.id.desc())
    return list(db.session.scalars(newest.limit(OFFERED)))


def _is_undecided() -> ColumnElement[bool]:
    """The condition on Publication: it is held completely, or on some of its pages."""
    off_a_page = exists().where(
        Placement.publication_id == Publication.id, Placement.placed_at.is_(None), Placement.left_out_at.is_(None),
        Placement.error.in_((HELD, HELD_UNTIL)),
    )  # fmt: skip
    return or_(
        is_code(Publication.state, PublicationState.APPROVED),
        and_(or_(*(is_code(Publication.state, one) for one in _IN_PART)), off_a_page),
    )


def _rows(*conditions: ColumnElement[bool]) -> list[Emergency]:
    wanted = select(Emergency).where(*conditions).options(joinedload(Emergency.notice))
    return list(db.session.scalars(wanted.order_by(Emergency.id.desc()).limit(SHOWN)).unique())
