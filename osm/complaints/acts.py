"""Complaints about a deleted comment or a banned author: entered with the evidence, reviewed by another person.

The complaint is also a message, answered as usual (П.8); the review has the office's own term.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from osm.base.database import add_row, db
from osm.base.errors import NotFound, NotYours, ServiceError, must_exist
from osm.base.transaction import transaction
from osm.blacklist.acts import entries
from osm.blacklist.acts.rows import locked as locked_proposal
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.comments.queries import copies
from osm.complaints import queries
from osm.flow.acts import clocks, moving
from osm.flow.acts.act import required
from osm.log.acts.record import Change, record
from osm.messages.acts import entry
from osm.models import BlacklistProposal, Comment, Complaint, Message, User
from osm.regulation import blacklist, errors
from osm.regulation.blacklist import REVIEWERS, TERM_DAYS, ComplaintOutcome

KIND = "complaint"
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class About:
    """The decision that the complaint is about: one of the two."""

    comment_id: int | None = None
    proposal_id: int | None = None


def enter(
    about: About, *, number: str = "", text: str = "", author_name: str = "", author_url: str = "",
    actor: User, now: datetime,
) -> Complaint:  # fmt: skip
    """Enter a complaint. `number`: of its message; empty: a message is created with this text and author. Raises
    NotFound, MissingInput (`number`, `text` …), ServiceError if there is no such decision or a complaint about it is
    open."""
    with transaction():
        moving.hold_out_others(Complaint.__tablename__)
        if (known := queries.open_about(about.comment_id, about.proposal_id)) is not None:
            raise ServiceError(f"На это решение уже внесена жалоба № {known}, её ещё не рассмотрели.")
        row = _of_comment(about.comment_id) if about.comment_id else _of_ban(about.proposal_id)
        decided = row.comment or row.proposal
        row.message = _known(number) if number.strip() else entry.enter_message(
            text=text, network=decided.network if decided else "", author_name=author_name, author_url=author_url,
            actor=actor, now=now,
        )  # fmt: skip
        row.entered_at, row.entered_by_id = now, actor.id
        row.due_at = clocks.in_force().calendar.close_after(now, TERM_DAYS)
        add_row(row)
        changes: dict[str, Change] = {"comment_id": (None, row.comment_id), "proposal_id": (None, row.proposal_id)}
        _log("complaint_entered", row, changes, actor, now)
        return row


def review(
    complaint_id: int, version: int, *, outcome: str, reason: str, unban: bool, actor: User, now: datetime
) -> Complaint:
    """Decide the complaint. `unban`: lift the ban too when the comment is restored. Raises NotFound, StaleVersion,
    NotYours if the person made the decision or may not review, MissingInput, and the errors of undoing the deletion
    (GoneOut if it was sent and the network cannot restore it); then the database is unchanged."""
    with transaction():
        row = moving.locked(Complaint, complaint_id, version, "Жалоба")
        ServiceError.when(row.outcome is not None, "Жалоба уже рассмотрена. Ничего не изменено.")
        NotYours.when(not actor.has(*REVIEWERS), "Жалобы рассматривает куратор или руководитель. Ничего не изменено.")
        if not queries.may_review(row.id, actor):
            raise NotYours("Решение принимали вы: жалобу на него рассмотрит другой. Ничего не изменено.")
        errors.refuse("outcome", outcome not in outcomes_of(row), "Выберите решение из тех, что возможны сейчас.")
        said = required("reason", reason, "Напишите, почему решено так: это увидит и суд.")
        errors.refuse("reason", len(said) > LONGEST_REASON, f"Больше {LONGEST_REASON} знаков. Сократите.")
        chosen = ComplaintOutcome(outcome)
        if chosen is ComplaintOutcome.UNBANNED or (unban and chosen is not ComplaintOutcome.UPHELD):
            row.unbanned = _free(row, said, actor, now)
        if chosen is ComplaintOutcome.RESTORED:
            _restore(row, said, actor, now)
        row.outcome, row.reason, row.reviewed_at, row.reviewed_by_id = chosen, said, now, actor.id
        row.version += 1
        changes: dict[str, Change] = {"complaint_outcome": (None, chosen), "version": (row.version - 1, row.version)}
        _log("complaint_reviewed", row, changes, actor, now, said)
        return row


def outcomes_of(row: Complaint) -> tuple[ComplaintOutcome, ...]:
    """The possible outcomes; restoring a comment only if its network still can."""
    if row.proposal_id is not None:
        return ComplaintOutcome.UPHELD, ComplaintOutcome.UNBANNED
    order = copies.of_comments([row.comment_id or 0]).get(row.comment_id or 0)
    is_final = order is not None and bool(order.why_final) and not order.is_begun
    return ComplaintOutcome.UPHELD, ComplaintOutcome.ADMITTED if is_final else ComplaintOutcome.RESTORED


def _of_comment(comment_id: int) -> Complaint:
    row = db.session.get(Comment, comment_id, with_for_update={"of": Comment}, populate_existing=True)
    if row is None:
        raise NotFound("Комментарий")
    if row.state is not blacklist.CommentState.DELETED or row.decided_at is None:
        raise ServiceError("Этот комментарий не удаляли или решение уже отменено: жаловаться не на что.")
    author = row.author
    evidence: dict[str, Any] = {
        "text": row.text, "url": row.url or row.post_url, "author_name": author.name if author else "",
        "author_url": (author.profile_url or "") if author else "", "ground": row.ground, "reason": row.reason,
        "published_at": row.published_at.isoformat() if row.published_at else "", "sha256": row.evidence_sha256,
        "findings": row.findings,
    }  # fmt: skip
    return Complaint(comment=row, evidence=evidence, decider_id=row.decided_by_id, decided_at=row.decided_at)


def _of_ban(proposal_id: int | None) -> Complaint:
    row = must_exist(locked_proposal(proposal_id or 0), "Запись чёрного списка")
    ServiceError.when(not queries.is_banned(row), "Этот автор сейчас не заблокирован: жаловаться не на что.")
    by, when = (row.decided_by_id, row.decided_at) if row.decided_at else (row.proposed_by_id, row.proposed_at)
    return Complaint(proposal=row, evidence={}, decider_id=by, decided_at=when)


def _known(number: str) -> Message:
    wanted = number.replace("№", "").strip()
    living = Message.recalled_at.is_(None), Message.purged_at.is_(None)
    found = db.session.scalar(select(Message).where(Message.number == wanted, *living))
    if found is None:
        raise errors.MissingInput("number", "Сообщения с таким номером нет. Проверьте номер или вставьте текст жалобы.")
    return found


def _free(row: Complaint, why: str, actor: User, now: datetime) -> bool:
    """Lift the author's ban; returns whether there was one."""
    ban: BlacklistProposal | None = row.proposal or queries.ban_of_comment(row.comment_id)
    if ban is None or not queries.is_banned(ban):
        return False
    act = entries.reject if ban.state is blacklist.ListState.PENDING else entries.lift
    act(ban.id, ban.version, reason=why, actor=actor, now=now)
    return True


def _restore(row: Complaint, why: str, actor: User, now: datetime) -> None:
    """Restore the comment on its page; a colleague may already have done it."""
    comment = db.session.get(Comment, row.comment_id, with_for_update={"of": Comment}, populate_existing=True)
    if comment is None or comment.state is not blacklist.CommentState.DELETED:
        return
    ban = queries.ban_of_comment(comment.id)
    if ban is not None and ban.state in blacklist.IN_FORCE:
        raise errors.MissingInput("unban", "За этот комментарий автор и заблокирован: снимите и блокировку.")
    comments.undo(comment.id, comment.version, actor=actor, now=now)
    comments.decide([Chosen(comment.id, comment.version)], Choice.KEEP, reason=why[:500], actor=actor, now=now)


def _log(action: str, row: Complaint, changes: dict[str, Change], actor: User, now: datetime, note: str = "") -> None:
    if row.proposal is not None:
        texts = row.proposal.evidence
        of_messages, of_comments = (any(bool(one.closure_id) is kind for one in texts) for kind in (True, False))
        clause = blacklist.list_clause(row.proposal.ground, of_messages=of_messages, of_comments=of_comments)
    else:
        clause = blacklist.COMMENT_GROUND_CLAUSES[blacklist.CommentGround(row.evidence["ground"])]
    record(action, at=now, actor=actor, message=row.message, clause=clause, changes=changes, note=note, about=row)
