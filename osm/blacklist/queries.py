"""The black list for its screens, the evidence of a proposal, and what else is known about its author."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, literal, select
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.base.types import OfRow, is_code, of_rows, with_columns
from osm.files import queries
from osm.models import BlacklistEvidence, BlacklistProposal, Closure, Comment, Evidence, Message, User
from osm.regulation.blacklist import IN_FORCE, CommentGround, CommentState, ListState
from osm.regulation.words import Labelled

# --- The list
SHOWN = 200  # rows on a page; the file has them all


class Part(Labelled):
    PENDING = "pending", "Ждут решения"
    LISTED = "listed", "В списке"
    CLOSED = "closed", "Отклонено, снято, истекло"


STATES: dict[Part, frozenset[ListState]] = {
    Part.PENDING: frozenset({ListState.PENDING}),
    Part.LISTED: IN_FORCE,
    Part.CLOSED: frozenset({ListState.REJECTED, ListState.EXPIRED, ListState.LIFTED}),
}


@dataclass(frozen=True, slots=True)
class Row(OfRow):
    """One proposal. `text`: the beginning of the first text of its evidence; `count`: the number of texts."""

    row: BlacklistProposal
    proposed_by: str
    decided_by: str
    lifted_by: str
    text: str
    count: int
    of_messages: bool
    of_comments: bool  # whether the texts are comments


def rows(part: Part, limit: int | None = SHOWN) -> list[Row]:
    """The proposals of a part, newest first."""
    query = proposals().where(BlacklistProposal.state.in_(STATES[part])).order_by(BlacklistProposal.id.desc())
    return of_rows(Row, db.session.execute(query.limit(limit)))


def banned_between(begin: datetime, end: datetime) -> list[Row]:
    """Authors banned in [begin, end), also if the ban has ended since, newest first."""
    when = BlacklistProposal.applied_at
    query = proposals().where(when >= begin, when < end).order_by(when.desc(), BlacklistProposal.id.desc())
    return of_rows(Row, db.session.execute(query.limit(SHOWN)))


def rows_between(begin: datetime, end: datetime) -> list[Row]:
    """All proposals made in [begin, end), oldest first."""
    when = BlacklistProposal.proposed_at
    query = proposals().where(when >= begin, when < end).order_by(when, BlacklistProposal.id)
    return of_rows(Row, db.session.execute(query))


def count_between(begin: datetime, end: datetime) -> int:
    when = BlacklistProposal.proposed_at
    return db.session.scalar(select(func.count()).where(when >= begin, when < end)) or 0


def counts() -> dict[Part, int]:
    by_state = dict(
        db.session.execute(select(BlacklistProposal.state, func.count()).group_by(BlacklistProposal.state)).all()
    )
    return {part: sum(by_state.get(state, 0) for state in states) for part, states in STATES.items()}


NUMBER_WAITING = select(func.count()).where(is_code(BlacklistProposal.state, ListState.PENDING)).scalar_subquery()
"""The number of proposals that wait for the curator."""


def count_waiting() -> int:
    return db.session.scalar(select(NUMBER_WAITING)) or 0


def row(proposal_id: int) -> Row | None:
    return next(iter(of_rows(Row, db.session.execute(proposals().where(BlacklistProposal.id == proposal_id)))), None)


def proposals() -> Any:
    """What a Row needs; conditions use BlacklistProposal."""
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
    by = func.coalesce(proposer.name, literal("в соцсети: ") + one.laid_by)
    columns = with_columns(
        one, proposed_by=by, decided_by=func.coalesce(decider.name, ""), lifted_by=func.coalesce(lifter.name, ""),
        text=func.coalesce(first, ""), count=count, of_messages=of_messages, of_comments=of_comments,
    )  # fmt: skip
    return (
        select(*columns)
        .outerjoin(proposer, proposer.id == one.proposed_by_id)
        .outerjoin(decider, decider.id == one.decided_by_id)
        .outerjoin(lifter, lifter.id == one.lifted_by_id)
    )


# --- Evidence, and what else is known about the author
@dataclass(frozen=True, slots=True)
class Proof(OfRow):
    row: BlacklistEvidence | Evidence
    ground: CommentGround
    message_id: int | None
    message_number: str
    comment_id: int | None
    screenshots: tuple[queries.Shot, ...]

    @property
    def of_messages(self) -> bool:
        return self.message_id is not None

    @property
    def of_comments(self) -> bool:
        return not self.of_messages


@dataclass(frozen=True, slots=True)
class Past:
    """The author's excluded messages, deleted comments, and all messages."""

    excluded: int
    deleted: int
    messages: int
    others: tuple[Row, ...]  # his other proposals, newest first


def proofs_of(proposal_id: int) -> list[Proof]:
    """All texts of a proposal with their screenshots, oldest first."""
    found = db.session.execute(
        select(BlacklistEvidence, Message.id, Message.number, Closure.id)
        .outerjoin(Closure, Closure.id == BlacklistEvidence.closure_id)
        .outerjoin(Message, Message.id == Closure.message_id)
        .where(BlacklistEvidence.proposal_id == proposal_id)
        .order_by(BlacklistEvidence.id)
    ).all()
    of_messages = queries.of_closures([closure_id for _, _, _, closure_id in found if closure_id])
    of_comments = queries.of_comments([kept.comment_id for kept, *_ in found if kept.comment_id])
    return [
        Proof(
            kept,
            ground=kept.ground,
            message_id=message_id,
            message_number=number or "",
            comment_id=kept.comment_id,
            screenshots=of_messages.get(closure_id, ()) or of_comments.get(kept.comment_id or 0, ()),
        )
        for kept, message_id, number, closure_id in found
    ]


def proof_of_message(message_id: int) -> Proof | None:
    """The evidence of the exclusion in force on a message; None if there is none."""
    found = db.session.execute(
        select(Evidence, Closure.id, Closure.ground, Message.number)
        .join(Closure, Closure.id == Evidence.closure_id)
        .join(Message, Message.id == Closure.message_id)
        .where(Message.id == message_id, Closure.restored_at.is_(None), Closure.ground.is_not(None))
    ).first()
    if found is None:
        return None
    kept, closure_id, ground, number = found
    return Proof(
        kept, ground=CommentGround(str(ground)), message_id=message_id, message_number=number, comment_id=None,
        screenshots=queries.of_closures([closure_id]).get(closure_id, ()),
    )  # fmt: skip


def proof_of_comment(comment_id: int) -> Proof | None:
    """A deleted comment as evidence, even if its author is not proposed; None if it is not deleted."""
    row = db.session.get(Comment, comment_id)
    if row is None or row.ground is None or row.decided_at is None:
        return None
    kept = Evidence(
        text=row.text, url=row.url, author_name=row.author.name if row.author else "",
        author_url=(row.author.profile_url or "") if row.author else "", published_at=row.published_at,
        taken_at=row.decided_at, sha256=row.evidence_sha256 or "",
    )  # fmt: skip
    shots = queries.of_comments([row.id]).get(row.id, ())
    return Proof(kept, ground=row.ground, message_id=None, message_number="", comment_id=row.id, screenshots=shots)


def past_of(author_id: int | None, except_id: int = 0) -> Past:
    """The author's past, without this proposal."""
    if author_id is None:
        return Past(0, 0, 0, ())
    messages = select(func.count()).where(Message.author_id == author_id)
    excluded = (
        select(func.count())
        .select_from(Closure)
        .join(Message, Message.id == Closure.message_id)
        .where(Message.author_id == author_id, Closure.ground.is_not(None), Closure.restored_at.is_(None))
    )
    deleted = select(func.count()).where(Comment.author_id == author_id, Comment.state == CommentState.DELETED)
    mine = proposals().where(BlacklistProposal.author_id == author_id, BlacklistProposal.id != except_id)
    others = db.session.execute(mine.order_by(BlacklistProposal.id.desc()).limit(20))
    return Past(
        excluded=db.session.scalar(excluded) or 0,
        deleted=db.session.scalar(deleted) or 0,
        messages=db.session.scalar(messages) or 0,
        others=tuple(of_rows(Row, others)),
    )


def offence_of(message_id: int) -> Any:
    """The exclusion in force on this message, with its proposal if there is one; None if there is no exclusion or its
    author is unknown."""
    return db.session.execute(
        select(
            Closure.id.label("closure_id"), Closure.ground, Message.author_id, Message.network,
            BlacklistProposal.id.label("proposal_id"), BlacklistProposal.state,
        )
        .join(Message, Message.id == Closure.message_id)
        .outerjoin(BlacklistEvidence, BlacklistEvidence.closure_id == Closure.id)
        .outerjoin(BlacklistProposal, BlacklistProposal.id == BlacklistEvidence.proposal_id)
        .where(
            Message.id == message_id,
            Closure.restored_at.is_(None),
            Closure.ground.is_not(None),
            Message.author_id.is_not(None),
        )
        .order_by(BlacklistProposal.id.desc())
        .limit(1)
    ).first()  # fmt: skip
