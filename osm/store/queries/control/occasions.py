"""What several shortcomings have in common: a late load, or an outage of the network; and what outages left (П.19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import contains_eager

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.plan.words import PublicationState
from osm.regulation.words import Status
from osm.store.models import (
    Account,
    Draft,
    DraftState,
    ImportRun,
    Message,
    NetworkOutage,
    Placement,
    Publication,
    Reply,
    Shortcoming,
)
from osm.store.queries.control.shortcomings import ShortcomingRow

NEEDS_THE_NETWORK = (ClockKind.ANSWER, ClockKind.FINAL)
"""What is met in the network: drafts and approvals are made without it."""
LISTED = 50


@dataclass(frozen=True, slots=True)
class Occasion:
    """One of the two, and the shortcomings of the same person in the same state that it explains, as id and version."""

    run: ImportRun | None
    outage: NetworkOutage | None
    rows: list[tuple[int, int]]


def occasion_of(row: ShortcomingRow, now: datetime) -> Occasion | None:
    """The occasion of an open shortcoming; a late load alone is told where it has several of them."""
    same = (Shortcoming.person_id == row.person_id, Shortcoming.state == row.state)
    if row.import_run_id is not None:
        found = _rows(select(Shortcoming.id, Shortcoming.version).where(
            *same, Shortcoming.import_run_id == row.import_run_id
        ))  # fmt: skip
        return Occasion(db.session.get(ImportRun, row.import_run_id), None, found) if len(found) > 1 else None
    if row.clock not in NEEDS_THE_NETWORK:
        return None
    outage = db.session.scalar(
        select(NetworkOutage)
        .join(Message, Message.network == NetworkOutage.network)
        .where(Message.id == row.message_id, _during(row.occurred_at, now))
        .order_by(NetworkOutage.began_at)
        .limit(1)
    )
    return Occasion(None, outage, _rows(_breaches_in(outage, now).where(*same))) if outage else None


def _rows(query: Select[int, int]) -> list[tuple[int, int]]:
    return [(row_id, version) for row_id, version in db.session.execute(query.order_by(Shortcoming.id))]


def _during(at: Any, now: datetime) -> ColumnElement[bool]:
    return and_(NetworkOutage.began_at <= at, func.coalesce(NetworkOutage.ended_at, now) >= at)


def _breaches_in(outage: NetworkOutage, now: datetime) -> Select[int, int]:
    return (
        select(Shortcoming.id, Shortcoming.version)
        .join(Message, Message.id == Shortcoming.message_id)
        .where(
            Shortcoming.clock.in_(NEEDS_THE_NETWORK), Message.network == outage.network, Message.recalled_at.is_(None),
            Shortcoming.occurred_at.between(outage.began_at, outage.ended_at or now),
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Left:
    """An outage with the number of its breaches and what is still to be placed by hand because of it."""

    outage: NetworkOutage
    breaches: int
    answers: list[Message]
    """Approved, and not in the network yet."""
    placements: list[Placement]
    """Of publications whose time came in the outage."""


def outages(now: datetime) -> list[Left]:
    """The last outages, the newest first. What is still to be placed is told once, where its network was down last."""
    found = select(NetworkOutage).order_by(NetworkOutage.began_at.desc(), NetworkOutage.id.desc()).limit(LISTED)
    known: set[str] = set()
    rows = []
    for outage in db.session.scalars(found).all():
        count = select(func.count()).select_from(_breaches_in(outage, now).subquery())
        last = outage.network not in known
        known.add(outage.network)
        rows.append(Left(
            outage, db.session.scalar(count) or 0, _answers(outage, now) if last else [],
            _placements(outage, now) if last else [],
        ))  # fmt: skip
    return rows


def _answers(outage: NetworkOutage, now: datetime) -> list[Message]:
    approved = exists().where(
        Reply.message_id == Message.id,
        Draft.reply_id == Reply.id,
        Draft.state == DraftState.APPROVED,
        Draft.decided_at <= (outage.ended_at or now),
    )
    waits = (Message.network == outage.network, Message.status == Status.APPROVED, Message.recalled_at.is_(None))
    return list(db.session.scalars(select(Message).where(*waits, approved).order_by(Message.received_at)).unique())


def _placements(outage: NetworkOutage, now: datetime) -> list[Placement]:
    waits = (
        Account.network == outage.network, Placement.placed_at.is_(None), Placement.left_out_at.is_(None),
        Publication.state.in_((PublicationState.SCHEDULED, PublicationState.FAILED)),
        Publication.at.between(outage.began_at, outage.ended_at or now),
    )  # fmt: skip
    asked = select(Placement).join(Placement.account).join(Placement.publication).where(*waits)
    loaded = (contains_eager(Placement.publication), contains_eager(Placement.account))
    return list(db.session.scalars(asked.options(*loaded).order_by(Publication.at, Placement.id)).unique())
