"""Propose an author for the black list with his texts as evidence, and decide on him (П.17, Пр.2.6)."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.base.types import is_code
from osm.blacklist.acts import bans
from osm.blacklist.acts.rows import KIND, ban_term, load, locked, log, settle
from osm.check.acts.due import STATED, evidence_digest
from osm.flow.acts.act import required
from osm.log.acts.record import Change, Follow, Happened
from osm.models import Author, BlacklistEvidence, BlacklistProposal, Closure, Comment, Event, Evidence, User
from osm.regulation.blacklist import (
    COUNTED,
    REMEMBERED,
    BanTerm,
    CommentGround,
    ListState,
    gravest,
    is_longer,
    proposed_term,
)
from osm.regulation.errors import MissingInput, need, one_of, refuse
from osm.regulation.words import Action


# --- Proposals
class BannedAlready(ServiceError):
    """The ban that a moderator ordered at once has been carried out."""

    words = "автор уже заблокирован в соцсети: сначала куратор решает по нему в чёрном списке"


def propose(
    subject: Closure | Comment, *, ground: str = "", term: str = "", note: str = "", at_once: bool = False, actor: User,
    now: datetime,
) -> BlacklistProposal:  # fmt: skip
    """Propose the author of an excluded message (`Closure`) or of a comment, in the caller's transaction.

    `ground`: a code of CommentGround, empty: that of the exclusion or deletion. `term`: empty: by the table of terms.
    An author with an open proposal gets one more piece of evidence, and its ground and term if they are graver; if he
    was banned at once, the curator decides. `at_once`: ban him now (setting, spam only). Raises MissingInput if the
    ground or the author is missing.
    """
    with transaction():
        author = subject.message.author if isinstance(subject, Closure) else subject.author
        author = need("author", author, "Автор неизвестен: вносить в чёрный список некого.")
        chosen = _ground(ground or str(subject.ground or ""))
        if at_once:
            bans.check_at_once(chosen)
        evidence = _snapshot(subject, author, chosen, now)
        known = pending_of(author.id)
        proposal = known or _new(author, chosen, term, note, actor, now)
        if not _is_proved_already(proposal, evidence):
            evidence.proposal = proposal
            db.session.add(evidence)
        message = subject.message if isinstance(subject, Closure) else None
        changes: dict[str, Change] = {"ground": (None, chosen), "term": (None, proposal.term)}
        if known:
            proposal.version += 1
            changes |= _raise(known, chosen, term, now)
        log("propose_blacklist", proposal, changes, actor=actor, now=now, note=note, message=message)
        if at_once and not proposal.applied_at_once:
            proposal.applied_at_once = True
            bans.order(proposal, actor=actor, now=now)
        return proposal


def reconsider(proposal: BlacklistProposal, *, note: str, actor: User, now: datetime) -> None:
    """A piece of evidence was taken back, and with it all that depends on it alone: the ban at once, ground and term.
    Ground and term are then the earlier ones, or those of the gravest evidence that remains. Raises BannedAlready if
    the author was banned at once and it is no longer for spam: the curator decides on him."""
    grounds = [one.ground for one in proposal.evidence]
    before = {"ground": proposal.ground, "term": proposal.term}
    if proposal.applied_at_once and CommentGround.SPAM not in grounds:
        if bans.is_banned(proposal):
            raise BannedAlready(BannedAlready.words)
        bans.take_back(proposal, actor=actor, now=now)
        proposal.applied_at_once = False
    if not proposal.applied_at_once:
        if proposal.ground not in grounds:
            stood = _stood_before(proposal, grounds) or gravest(grounds, earlier_terms(proposal.author_id, now))
            proposal.ground, proposal.term = stood
            proposal.proposed_term = proposal.term
        for ground in grounds:
            _raise(proposal, ground, "", now)
    changes: dict[str, Change] = {
        name: (was, getattr(proposal, name)) for name, was in before.items() if getattr(proposal, name) is not was
    }
    settle("reconsider_blacklist", proposal, changes, actor=actor, now=now, note=note)


def drop_evidence(evidence: BlacklistEvidence, *, note: str, actor: User, now: datetime) -> None:
    """The text was no offence: without another one its open proposal is rejected. Raises BannedAlready."""
    proposal = evidence.proposal
    if len(proposal.evidence) == 1:
        reject(proposal.id, proposal.version, reason=note, actor=actor, now=now)
        return
    proposal.evidence.remove(evidence)
    db.session.delete(evidence)
    reconsider(proposal, note=note, actor=actor, now=now)


def drop_restored(happened: Sequence[Happened]) -> None:
    """A message whose exclusion was a mistake speaks against its author no more. If the network has banned him
    already, the curator decides, as on decided proposals."""
    ids = [one.message_id for one in happened]
    of_restored = select(BlacklistEvidence).join(BlacklistEvidence.closure).join(BlacklistEvidence.proposal)
    is_open = (Closure.restored_at.is_not(None), is_code(BlacklistProposal.state, ListState.PENDING))
    for evidence in db.session.scalars(of_restored.where(Closure.message_id.in_(ids), *is_open)).all():
        locked(evidence.proposal_id)
        if happened[0].actor is not None:
            with suppress(BannedAlready), db.session.begin_nested():
                drop_evidence(evidence, note=RESTORED, actor=happened[0].actor, now=happened[0].at)


RESTORED = "Исключение отменено: сообщение возвращено в работу."
FOLLOWS: dict[str, Follow] = {Action.RESTORE.value: drop_restored}


def earlier_terms(author_id: int | None, now: datetime) -> list[BanTerm]:
    """The author's terms of the last year that were approved and not taken back; they count against him."""
    if author_id is None:
        return []
    counted = (BlacklistProposal.state.in_(COUNTED), BlacklistProposal.proposed_at > now - REMEMBERED)
    query = select(BlacklistProposal.term).where(BlacklistProposal.author_id == author_id, *counted)
    return list(db.session.scalars(query))


def pending_of(author_id: int) -> BlacklistProposal | None:
    """The open proposal of this author, locked; None if there is none."""
    return db.session.scalar(
        select(BlacklistProposal)
        .where(BlacklistProposal.author_id == author_id, is_code(BlacklistProposal.state, ListState.PENDING))
        .with_for_update(of=BlacklistProposal)
        .execution_options(populate_existing=True)
    )


def _new(author: Author, ground: CommentGround, term: str, note: str, actor: User, now: datetime) -> BlacklistProposal:
    chosen = ban_term(term) if term else proposed_term(ground, earlier_terms(author.id, now))
    proposal = BlacklistProposal(
        author_id=author.id, network=author.network, author_name=author.name, author_url=author.profile_url or "",
        ground=ground, note=note.strip(), proposed_term=chosen, term=chosen, proposed_at=now, proposed_by_id=actor.id,
        state=ListState.PENDING, version=1,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(proposal)
    except IntegrityError:  # somebody proposed him at the same instant
        found = pending_of(author.id)
        if found is None:
            raise
        return found
    return proposal


def _raise(known: BlacklistProposal, ground: CommentGround, term: str, now: datetime) -> dict[str, Change]:
    """Set ground and term of the newest offence if it calls for a longer term. A term that a person chose yields to a
    graver ground or a longer choice, but not to the table: the table counts decided offences, so another of the same
    weight changes no term."""
    earlier = earlier_terms(known.author_id, now)
    asked = ban_term(term) if term else proposed_term(ground, earlier)
    is_graver = bool(term) or is_longer(asked, proposed_term(known.ground, earlier))
    if known.applied_at_once or not is_graver or not is_longer(asked, known.term):
        return {}
    changes: dict[str, Change] = {"ground": (known.ground, ground), "term": (known.term, asked)}
    known.ground = ground
    known.term = known.proposed_term = asked
    return changes


def _stood_before(
    proposal: BlacklistProposal, grounds: Sequence[CommentGround]
) -> tuple[CommentGround, BanTerm] | None:
    """The last ground and term in the log that still have evidence; the term may have been chosen by a person. None if
    they were never raised, or if the log did not name the ground yet."""
    raised = (
        select(Event.changes)
        .where(Event.object_kind == KIND, Event.object_id == proposal.id, Event.action == "propose_blacklist")
        .order_by(Event.at.desc(), Event.id.desc())
    )
    for changes in db.session.scalars(raised):
        ground, term = changes["ground"][0], changes["term"][0]
        if ground in grounds and term:
            return CommentGround(ground), BanTerm(term)
    return None


def _ground(code: str) -> CommentGround:
    words = "Выберите основание (п. 17, п. 2.6 Порядка): за критику без основания в чёрный список не вносят."
    return one_of("ground", code, CommentGround, words)


def _snapshot(subject: Closure | Comment, author: Author, ground: CommentGround, now: datetime) -> BlacklistEvidence:
    """The author's text; for an exclusion the evidence that was stored with it."""
    if isinstance(subject, Closure):
        if subject.evidence is None:
            raise MissingInput("ground", "Сообщение не исключалось по пункту 17: вносить автора в список не за что.")
        kept = subject.evidence
        stated = {name: getattr(kept, name) for name in STATED}
        return BlacklistEvidence(closure_id=subject.id, ground=ground, sha256=kept.sha256, **stated)
    values: dict[str, Any] = {
        "text": subject.text, "url": subject.url, "author_name": author.name, "author_url": author.profile_url or "",
        "published_at": subject.published_at, "taken_at": now,
    }  # fmt: skip
    digest = evidence_digest(Evidence(**values))
    return BlacklistEvidence(comment_id=subject.id, ground=ground, sha256=digest, **values)


def _is_proved_already(proposal: BlacklistProposal, evidence: BlacklistEvidence) -> bool:
    db.session.flush()
    column = BlacklistEvidence.closure_id if evidence.closure_id else BlacklistEvidence.comment_id
    same = (BlacklistEvidence.proposal_id == proposal.id, column == getattr(evidence, column.key))
    wanted = select(BlacklistEvidence.id).where(*same)
    return db.session.scalar(wanted) is not None


# --- Decisions
_LISTED = (ListState.APPROVED, ListState.APPLIED)


def approve(
    proposal_id: int, version: int, *, term: str = "", reason: str = "", actor: User, now: datetime
) -> BlacklistProposal:
    """Approve, with another term if given. The ban is ordered unless the author is already banned."""
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
    """Approve all of these (id, version) with the proposed terms, each logged; if one is refused, approve none."""
    refuse("row", not seen, "Отметьте хотя бы одно предложение.")
    with transaction():
        return [approve(one, version, actor=actor, now=now) for one, version in sorted(seen)]


def change_term(
    proposal_id: int, version: int, *, term: str, reason: str, actor: User, now: datetime
) -> BlacklistProposal:
    """Change the term of a listed author, counted from his ban, and order the ban again."""
    with transaction():
        proposal = load(proposal_id, version, *_LISTED)
        reason = required("reason", reason, "Напишите, почему меняется срок.")
        before, proposal.term = proposal.term, ban_term(term)
        refuse("term", proposal.term is before, "Этот срок уже стоит. Выберите другой.")
        bans.set_end(proposal)
        changes = {"term": (before, proposal.term)}
        settle("change_blacklist_term", proposal, changes, actor=actor, now=now, note=reason)
        bans.order(proposal, actor=actor, now=now)
        return proposal


def reject(proposal_id: int, version: int, *, reason: str, actor: User, now: datetime) -> BlacklistProposal:
    """Reject; a ban ordered at once is taken back."""
    with transaction():
        proposal = load(proposal_id, version, ListState.PENDING)
        _decide(proposal, required("reason", reason, "Напишите, почему предложение отклонено."), actor, now)
        proposal.state = ListState.REJECTED
        settle("reject_blacklist", proposal, {}, actor=actor, now=now, note=reason)
        bans.take_back(proposal, actor=actor, now=now)
        return proposal


def lift(proposal_id: int, version: int, *, reason: str, actor: User, now: datetime) -> BlacklistProposal:
    """Take the author off the list before the end of his term, and tell the network."""
    with transaction():
        proposal = load(proposal_id, version, *_LISTED)
        proposal.lift_reason = required("reason", reason, "Напишите, почему автор снимается со списка.")
        proposal.lifted_at, proposal.lifted_by_id, proposal.state = now, actor.id, ListState.LIFTED
        settle("lift_blacklist", proposal, {}, actor=actor, now=now, note=reason)
        bans.take_back(proposal, actor=actor, now=now)
        return proposal


def end_again(proposal_id: int, *, now: datetime) -> None:
    """A restored backup has it open, but it had ended, in the network too, before its words were destroyed."""
    with transaction():
        proposal = locked(proposal_id)
        if proposal is not None and proposal.state in (ListState.PENDING, *_LISTED):
            bans.cancel(proposal, None, now)
            proposal.lifted_at, proposal.lift_reason, proposal.state = now, "Запись уничтожена.", ListState.LIFTED
            settle("lift_blacklist", proposal, {}, actor=None, now=now)


def mark_applied(proposal_id: int, version: int, *, actor: User, now: datetime) -> BlacklistProposal:
    """A person has banned the author by hand: the term starts now."""
    with transaction():
        proposal = load(proposal_id, version, ListState.APPROVED, ListState.PENDING)
        if proposal.state is ListState.PENDING and not proposal.applied_at_once:
            raise MissingInput("", "Сначала решите, вносить ли автора в список.")
        bans.done_by_hand(proposal, actor=actor, now=now)
        _apply(proposal, now, actor, now)
        return proposal


def run(now: datetime) -> int:
    """The worker's round: terms begin after a ban and end; returns how many changed."""
    return follow_outbox(now) + expire_due(now)


def follow_outbox(now: datetime) -> int:
    """Start terms of bans that the outbox has carried out, stop a term when the mark was removed; returns how many."""
    if not bans.unstarted_terms() and not bans.unmarked():
        return 0
    count = 0
    with transaction():
        for proposal_id, since, by_id in bans.unstarted_terms():
            proposal = locked(proposal_id)
            if proposal is not None and proposal.applied_at is None:
                _apply(proposal, since, db.session.get(User, by_id) if by_id else None, now)
                count += 1
        for proposal_id in bans.unmarked():
            proposal = locked(proposal_id)
            if proposal is not None and proposal.applied_at is not None:
                before, proposal.applied_at = proposal.applied_at, None
                if proposal.state is ListState.APPLIED:
                    proposal.state = ListState.APPROVED
                bans.set_end(proposal)
                settle("blacklist_not_applied", proposal, {"applied_at": (before, None)}, actor=None, now=now)
                count += 1
    return count


def expire_due(now: datetime) -> int:
    """End due terms: off the list, and to unban by hand if the network does not know this end; returns how many."""
    due = select(BlacklistProposal.id).where(
        is_code(BlacklistProposal.state, ListState.APPLIED), BlacklistProposal.expires_at <= now
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
    bans.keep(proposal, now=now)
    settle("blacklist_applied", proposal, {"applied_at": (None, since)}, actor=actor, now=now)


def _decide(proposal: BlacklistProposal, reason: str, actor: User, now: datetime) -> None:
    proposal.decided_at, proposal.decided_by_id, proposal.decision_reason = now, actor.id, reason.strip()
