"""The black list as its screens show it: what waits, who is listed, what became of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import exists, func, literal, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.blacklist import IN_FORCE, BanTerm, ListState
from osm.regulation.comment_words import CommentGround
from osm.store.models import BlacklistEvidence, BlacklistProposal, User

SHOWN = 200
"""Rows of a page; the file has them all."""


class Part(StrEnum):
    """The parts of the list."""

    PENDING = "pending"
    LISTED = "listed"
    CLOSED = "closed"


STATES: dict[Part, frozenset[ListState]] = {
    Part.PENDING: frozenset({ListState.PENDING}),
    Part.LISTED: IN_FORCE,
    Part.CLOSED: frozenset({ListState.REJECTED, ListState.EXPIRED, ListState.LIFTED}),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One proposal. `text`: the beginning of the first text that proves it; `count`: of how many."""

    id: int
    version: int
    state: ListState
    network: str
    author_id: int | None
    author_name: str
    author_url: str
    ground: CommentGround
    note: str
    proposed_term: BanTerm
    term: BanTerm
    proposed_at: datetime
    proposed_by: str
    applied_at_once: bool
    decided_at: datetime | None
    decided_by: str
    decision_reason: str
    applied_at: datetime | None
    expires_at: datetime | None
    lifted_at: datetime | None
    lifted_by: str
    lift_reason: str
    text: str
    count: int
    of_messages: bool
    of_comments: bool
    """Of what the texts are."""


def rows(part: Part, limit: int | None = SHOWN) -> list[Row]:
    """The proposals of a part, newest first."""
    query = proposals().where(BlacklistProposal.state.in_(STATES[part])).order_by(BlacklistProposal.id.desc())
    return [Row(*row) for row in db.session.execute(query.limit(limit))]


def banned_between(begin: datetime, end: datetime) -> list[Row]:
    """Whom the network refuses since [begin, end), whatever became of it, newest first."""
    when = BlacklistProposal.applied_at
    query = proposals().where(when >= begin, when < end).order_by(when.desc(), BlacklistProposal.id.desc())
    return [Row(*row) for row in db.session.execute(query.limit(SHOWN))]


def rows_between(begin: datetime, end: datetime) -> Iterator[Row]:
    """All that was proposed in [begin, end), oldest first."""
    when = BlacklistProposal.proposed_at
    query = proposals().where(when >= begin, when < end).order_by(when, BlacklistProposal.id)
    return (Row(*row) for row in db.session.execute(query))


def count_between(begin: datetime, end: datetime) -> int:
    """How many those are."""
    when = BlacklistProposal.proposed_at
    return db.session.scalar(select(func.count()).where(when >= begin, when < end)) or 0


def counts() -> dict[Part, int]:
    """How many stand in each part."""
    by_state = dict(
        db.session.execute(select(BlacklistProposal.state, func.count()).group_by(BlacklistProposal.state))
        .tuples()
        .all()
    )
    return {part: sum(by_state.get(state, 0) for state in states) for part, states in STATES.items()}


def waiting() -> int:
    """Proposals that wait for the curator."""
    return db.session.scalar(select(func.count()).where(BlacklistProposal.state == ListState.PENDING)) or 0


def row(proposal_id: int) -> Row | None:
    """One of them, None where there is none."""
    found = db.session.execute(proposals().where(BlacklistProposal.id == proposal_id)).first()
    return Row(*found) if found else None


def proposals() -> Any:
    """The columns of Row in their order; what is asked further goes upon BlacklistProposal."""
    proposer, decider, lifter = aliased(User), aliased(User), aliased(User)
    first = (
        select(func.substr(BlacklistEvidence.text, 1, 300))
        .where(BlacklistEvidence.proposal_id == BlacklistProposal.id)
        .order_by(BlacklistEvidence.id)
        .limit(1)
        .scalar_subquery()
    )
    its = BlacklistEvidence.proposal_id == BlacklistProposal.id
    count = select(func.count()).where(its).scalar_subquery()
    of_messages = exists().where(its, BlacklistEvidence.closure_id.is_not(None))
    of_comments = exists().where(its, BlacklistEvidence.closure_id.is_(None))
    one = BlacklistProposal
    return (
        select(
            one.id, one.version, one.state, one.network, one.author_id, one.author_name, one.author_url, one.ground,
            one.note, one.proposed_term, one.term, one.proposed_at, _began(proposer.name), one.applied_at_once,
            one.decided_at, func.coalesce(decider.name, ""), one.decision_reason, one.applied_at, one.expires_at,
            one.lifted_at, func.coalesce(lifter.name, ""), one.lift_reason, func.coalesce(first, ""), count,
            of_messages, of_comments,
        )
        .outerjoin(proposer, proposer.id == one.proposed_by_id)
        .outerjoin(decider, decider.id == one.decided_by_id)
        .outerjoin(lifter, lifter.id == one.lifted_by_id)
    )  # fmt: skip


def _began(proposer: Any) -> Any:
    """Who proposed the author; where he was banned in the network first, who did that."""
    in_network = literal("в соцсети: ") + BlacklistProposal.laid_by
    return func.coalesce(proposer, in_network)
