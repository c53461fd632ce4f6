"""Complaints about deletions and bans: who may review them, the journal, and the complaints in a message."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, or_, select
from sqlalchemy.orm import aliased, joinedload

from osm.base.database import db
from osm.base.types import among_codes, is_code
from osm.models import BlacklistEvidence, BlacklistProposal, Comment, Complaint, Message, OutboxAction, User, UserRole
from osm.regulation.blacklist import IN_FORCE, REVIEWERS, CommentState, ListState
from osm.regulation.words import Role

SHOWN = 200
OFFERED = 20  # decisions on an author offered for his complaint


def complaint_waits(person_id: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition on Complaint: this person may review it, because he made no decision in the matter. The head may
    even if he made one after the complaint, if there is no other reviewer."""
    if REVIEWERS.isdisjoint(roles):
        return false()
    may = ~_decided(person_id)
    if Role.HEAD in roles:
        other = aliased(User)
        others = exists().where(other.is_active, other.role_rows.any(UserRole.role.in_(REVIEWERS)), ~_decided(other.id))
        may = or_(may, and_(Complaint.decider_id.is_distinct_from(person_id), ~others))
    return and_(Complaint.outcome.is_(None), may)


def may_review(complaint_id: int, person: User) -> bool:
    wanted = select(Complaint.id).where(Complaint.id == complaint_id, complaint_waits(person.id, person.roles))
    return db.session.scalar(wanted) is not None


def waiting(person_id: int, roles: Collection[Role]) -> list[Complaint]:
    wanted = _whole().where(complaint_waits(person_id, roles)).order_by(Complaint.due_at, Complaint.id)
    return list(db.session.scalars(wanted))


def journal() -> list[Complaint]:
    """All complaints: open ones first, by term, then the latest."""
    term = case((Complaint.outcome.is_(None), Complaint.due_at))
    by = (Complaint.outcome.is_not(None), term, Complaint.id.desc())
    return list(db.session.scalars(_whole().order_by(*by).limit(SHOWN)))


def complaint(complaint_id: int) -> Complaint | None:
    found: Complaint | None = db.session.scalar(_whole().where(Complaint.id == complaint_id))
    return found


def of_message(message_id: int) -> list[Complaint]:
    return list(db.session.scalars(_whole().where(Complaint.message_id == message_id).order_by(Complaint.id)))


def about(*, comments: Collection[int] = (), proposal_id: int | None = None) -> list[Complaint]:
    """Complaints about these comments, or about this proposal for the black list, the latest first."""
    subject = Complaint.comment_id.in_(comments) if comments else Complaint.proposal_id == proposal_id
    return list(db.session.scalars(_whole().where(subject).order_by(Complaint.id.desc())))


def open_about(comment_id: int | None, proposal_id: int | None) -> int | None:
    subject = Complaint.comment_id == comment_id if comment_id else Complaint.proposal_id == proposal_id
    return db.session.scalar(select(Complaint.id).where(subject, Complaint.outcome.is_(None)))


def decisions_on(author_id: int | None) -> tuple[list[Comment], list[BlacklistProposal]]:
    """The author's deleted comments and bans, the latest first."""
    if author_id is None:
        return [], []
    deleted = select(Comment).where(Comment.author_id == author_id, Comment.state == CommentState.DELETED)
    deleted = deleted.order_by(Comment.decided_at.desc()).limit(OFFERED)
    bans = select(BlacklistProposal).where(BlacklistProposal.author_id == author_id, _banned())
    return list(db.session.scalars(deleted)), list(db.session.scalars(bans.order_by(BlacklistProposal.id.desc())))


def ban_of_comment(comment_id: int | None) -> BlacklistProposal | None:
    rests = select(BlacklistEvidence.proposal_id).where(BlacklistEvidence.comment_id == comment_id)
    wanted = select(BlacklistProposal).where(BlacklistProposal.id.in_(rests), _banned())
    return db.session.scalar(wanted.order_by(BlacklistProposal.id.desc()).limit(1))


def is_banned(row: BlacklistProposal) -> bool:
    """Whether the author is on the list, or was banned before the curator's decision."""
    return row.state in IN_FORCE or (row.state is ListState.PENDING and row.applied_at_once)


def objects_of(row: Complaint, ban: BlacklistProposal | None) -> list[tuple[str, int]]:
    """The objects with log lines about the matter: kinds and ids."""
    of_comment = OutboxAction.comment_id == row.comment_id if row.comment_id else false()
    orders = select(OutboxAction.id).where(or_(of_comment, OutboxAction.proposal_id == ban.id if ban else false()))
    found = [("complaint", row.id)] + [("outbox_action", number) for number in db.session.scalars(orders)]
    found += [("comment", row.comment_id)] if row.comment_id else []
    return found + ([("blacklist_proposal", ban.id)] if ban else [])


def _decided(person_id: Any) -> ColumnElement[bool]:
    """Whether this person made the decision, or one on the ban that rests on it, or a later one on either."""
    of_ban = or_(BlacklistProposal.proposed_by_id == person_id, BlacklistProposal.decided_by_id == person_id)
    rests = BlacklistProposal.evidence.any(BlacklistEvidence.comment_id == Complaint.comment_id)
    return or_(
        Complaint.decider_id.is_not_distinct_from(person_id),
        Complaint.proposal.has(of_ban),
        Complaint.comment.has(Comment.decided_by_id == person_id),
        exists(select(BlacklistProposal.id).where(rests, of_ban, _banned()).correlate_except(BlacklistProposal)),
    )


def _banned() -> ColumnElement[bool]:
    # As codes: of a parameter SQLite would ask each time anew whether an index of such rows serves, for the whole menu.
    at_once = and_(is_code(BlacklistProposal.state, ListState.PENDING), BlacklistProposal.applied_at_once)
    return or_(among_codes(BlacklistProposal.state, sorted(IN_FORCE)), at_once)


def _whole() -> Any:
    return select(Complaint).options(
        joinedload(Complaint.message).joinedload(Message.author), joinedload(Complaint.comment),
        joinedload(Complaint.proposal), joinedload(Complaint.decider), joinedload(Complaint.entered_by),
        joinedload(Complaint.reviewed_by),
    )  # fmt: skip
