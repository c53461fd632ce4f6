"""What becomes of a proposal for the black list: the curator decides, the network is told, the term runs and ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.blacklist import ListState
from osm.regulation.errors import MissingInput
from osm.services.acts import required
from osm.services.blacklist import bans
from osm.services.blacklist.rows import ban_term, load, locked, settle
from osm.store.models import BlacklistProposal, User
from osm.store.transaction import transaction

_LISTED = (ListState.APPROVED, ListState.APPLIED)


def approve(
    proposal_id: int, version: int, *, term: str = "", reason: str = "", actor: User, now: datetime
) -> BlacklistProposal:
    """Approved, with another term where one is given. The ban is ordered; where one is laid already it stays."""
    with transaction():
        proposal = load(proposal_id, version, ListState.PENDING)
        before = proposal.term
        proposal.term = ban_term(term) if term else before
        _decide(proposal, reason, actor, now)
        proposal.state = ListState.APPROVED if proposal.applied_at is None else ListState.APPLIED
        bans.set_end(proposal)
        changes = {"term": (before, proposal.term)}
        settle("approve_blacklist", proposal, changes, actor=actor, now=now, note=reason)
        if not proposal.applied_at_once or proposal.term is not before:
            bans.order(proposal, actor=actor, now=now)
        return proposal


def approve_several(seen: Sequence[tuple[int, int]], *, actor: User, now: datetime) -> list[BlacklistProposal]:
    """These (id, version), each for the term that is proposed: all of them or none, each in the log."""
    if not seen:
        raise MissingInput("row", "Отметьте хотя бы одно предложение.")
    with transaction():
        return [approve(one, version, actor=actor, now=now) for one, version in sorted(seen)]


def change_term(
    proposal_id: int, version: int, *, term: str, reason: str, actor: User, now: datetime
) -> BlacklistProposal:
    """Another term for one who is on the list; it runs from when he was banned. The ban is ordered anew."""
    with transaction():
        proposal = load(proposal_id, version, *_LISTED)
        reason = required("reason", reason, "Напишите, почему меняется срок.")
        before, proposal.term = proposal.term, ban_term(term)
        if proposal.term is before:
            raise MissingInput("term", "Этот срок уже стоит. Выберите другой.")
        bans.set_end(proposal)
        changes = {"term": (before, proposal.term)}
        settle("change_blacklist_term", proposal, changes, actor=actor, now=now, note=reason)
        bans.order(proposal, actor=actor, now=now)
        return proposal


def reject(proposal_id: int, version: int, *, reason: str, actor: User, now: datetime) -> BlacklistProposal:
    """Not to be listed; a ban that was laid at once is taken back."""
    with transaction():
        proposal = load(proposal_id, version, ListState.PENDING)
        _decide(proposal, required("reason", reason, "Напишите, почему предложение отклонено."), actor, now)
        proposal.state = ListState.REJECTED
        settle("reject_blacklist", proposal, {}, actor=actor, now=now, note=reason)
        bans.take_back(proposal, actor=actor, now=now)
        return proposal


def lift(proposal_id: int, version: int, *, reason: str, actor: User, now: datetime) -> BlacklistProposal:
    """Off the list before the end of the term; the network is told."""
    with transaction():
        proposal = load(proposal_id, version, *_LISTED)
        proposal.lift_reason = required("reason", reason, "Напишите, почему автор снимается со списка.")
        proposal.lifted_at, proposal.lifted_by_id, proposal.state = now, actor.id, ListState.LIFTED
        settle("lift_blacklist", proposal, {}, actor=actor, now=now, note=reason)
        bans.take_back(proposal, actor=actor, now=now)
        return proposal


def mark_applied(proposal_id: int, version: int, *, actor: User, now: datetime) -> BlacklistProposal:
    """A person has banned the author in the network by hand: the term runs from now."""
    with transaction():
        proposal = load(proposal_id, version, ListState.APPROVED, ListState.PENDING)
        if proposal.state is ListState.PENDING and not proposal.applied_at_once:
            raise MissingInput("", "Сначала решите, вносить ли автора в список.")
        bans.done_by_hand(proposal, actor=actor, now=now)
        _apply(proposal, now, actor, now)
        return proposal


def take_up(now: datetime) -> int:
    """The worker's round: terms begin where a ban was laid, and end; how many."""
    return follow_outbox(now) + expire_due(now)


def follow_outbox(now: datetime) -> int:
    """What the outbox has done since: bans that were laid start their terms, a mark taken back stops one; how many."""
    if not bans.laid() and not bans.taken_off():
        return 0
    count = 0
    with transaction():
        for proposal_id, since, by_id in bans.laid():
            proposal = locked(proposal_id)
            if proposal is not None and proposal.applied_at is None:
                _apply(proposal, since, db.session.get(User, by_id) if by_id else None, now)
                count += 1
        for proposal_id in bans.taken_off():
            proposal = locked(proposal_id)
            if proposal is not None and proposal.applied_at is not None:
                _unapply(proposal, now)
                count += 1
    return count


def expire_due(now: datetime) -> int:
    """Terms that have ended: off the list, and to be unbanned by hand where the network was not told of this end."""
    due = select(BlacklistProposal.id).where(
        BlacklistProposal.state == ListState.APPLIED, BlacklistProposal.expires_at <= now
    )
    if db.session.scalar(due.limit(1)) is None:
        return 0
    with transaction():
        found = db.session.scalars(due.order_by(BlacklistProposal.id).with_for_update(skip_locked=True)).all()
        for proposal_id in found:
            proposal = db.session.get_one(BlacklistProposal, proposal_id, populate_existing=True)
            proposal.state = ListState.EXPIRED
            settle("blacklist_expired", proposal, {}, actor=None, now=now)
            bans.end(proposal, now=now)
        return len(found)


def _apply(proposal: BlacklistProposal, since: datetime, actor: User | None, now: datetime) -> None:
    proposal.applied_at = since
    if proposal.state is ListState.APPROVED:
        proposal.state = ListState.APPLIED
    bans.set_end(proposal)
    settle("blacklist_applied", proposal, {"applied_at": (None, since)}, actor=actor, now=now)


def _unapply(proposal: BlacklistProposal, now: datetime) -> None:
    before, proposal.applied_at = proposal.applied_at, None
    if proposal.state is ListState.APPLIED:
        proposal.state = ListState.APPROVED
    bans.set_end(proposal)
    settle("blacklist_not_applied", proposal, {"applied_at": (before, None)}, actor=None, now=now)


def _decide(proposal: BlacklistProposal, reason: str, actor: User, now: datetime) -> None:
    proposal.decided_at, proposal.decided_by_id, proposal.decision_reason = now, actor.id, reason.strip()
