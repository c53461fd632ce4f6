"""Proposals for the black list (П.17, Пр.2.6): author, reason, term, evidence and decision."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Numbered
from osm.base.types import OfPerson, UtcDateTime, code, index_where
from osm.comments.models import Comment
from osm.messages.models import Author, Closure
from osm.people.models import User
from osm.regulation.blacklist import BanTerm, CommentGround, ListState


class BlacklistProposal(Numbered):
    """One author in one network. `version` rises with each act. pending → approved → applied → expired or lifted;
    pending → rejected. With `applied_at_once` the ban is ordered with the proposal and the curator decides
    afterwards."""

    __tablename__ = "blacklist_proposal"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("proposed_by_id IS NOT NULL OR laid_by <> ''", name="somebody_began"),
        CheckConstraint("state <> 'applied' OR applied_at IS NOT NULL", name="applied_has_time"),
        CheckConstraint("state NOT IN ('approved', 'rejected') OR decided_at IS NOT NULL", name="decided_has_time"),
        CheckConstraint("state <> 'rejected' OR decision_reason <> ''", name="rejected_has_reason"),
        CheckConstraint("state <> 'lifted' OR (lifted_at IS NOT NULL AND lift_reason <> '')", name="lifted_has_reason"),
        index_where("uq_blacklist_proposal_pending", "author_id", unique=True, where="state = 'pending'"),
        Index("ix_blacklist_proposal_author", "author_id", "id"),
        Index("ix_blacklist_proposal_state", "state", "id"),
        # The worker looks for ended terms every second.
        index_where("ix_blacklist_proposal_ends", "expires_at", where="state = 'applied' AND expires_at IS NOT NULL"),
    )

    state: Mapped[ListState] = mapped_column(code(ListState, "list_state_known"), default=ListState.PENDING)
    version: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id", ondelete="SET NULL"))
    network: Mapped[str] = mapped_column(String(32))
    author_name: Mapped[str] = mapped_column(OfPerson(300), default="")
    author_url: Mapped[str] = mapped_column(OfPerson(500), default="")
    ground: Mapped[CommentGround] = mapped_column(code(CommentGround, "list_ground_known"))
    note: Mapped[str] = mapped_column(Text, default="")  # the proposer's words

    proposed_term: Mapped[BanTerm] = mapped_column(code(BanTerm, "proposed_term_known"))
    term: Mapped[BanTerm] = mapped_column(code(BanTerm, "term_known"))  # the present term; the curator may change it
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty if somebody banned the author in the network itself."""
    laid_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Who banned him in the network itself, as the network names that person."""
    applied_at_once: Mapped[bool] = mapped_column(default=False)
    """The moderator ordered the ban with the proposal; the curator decides afterwards."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the author is banned in the network; the term starts here."""
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # none before the ban, and for a ban for ever
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    lift_reason: Mapped[str] = mapped_column(Text, default="")

    author: Mapped[Author | None] = relationship()
    evidence: Mapped[list[BlacklistEvidence]] = relationship(back_populates="proposal", order_by="BlacklistEvidence.id")
    proposed_by: Mapped[User | None] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    lifted_by: Mapped[User | None] = relationship(foreign_keys=[lifted_by_id])


class BlacklistEvidence(Numbered):
    """One text of the author as it was, from an excluded message (`closure`) or a comment."""

    __tablename__ = "blacklist_evidence"
    __table_args__ = (
        CheckConstraint("closure_id IS NULL OR comment_id IS NULL", name="of_one_thing"),
        Index("uq_blacklist_evidence_closure", "proposal_id", "closure_id", unique=True),
        Index("uq_blacklist_evidence_comment", "proposal_id", "comment_id", unique=True),
    )

    proposal_id: Mapped[int] = mapped_column(ForeignKey("blacklist_proposal.id", ondelete="CASCADE"))
    closure_id: Mapped[int | None] = mapped_column(ForeignKey("closure.id", ondelete="SET NULL"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="SET NULL"), index=True)
    ground: Mapped[CommentGround] = mapped_column(code(CommentGround, "evidence_ground_known"))
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(OfPerson(1000), default="")
    author_name: Mapped[str] = mapped_column(OfPerson(300), default="")
    author_url: Mapped[str] = mapped_column(OfPerson(500), default="")
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sha256: Mapped[str] = mapped_column(String(64))
    """As in `osm.check.acts.due`: of the same statement as for the evidence of an exclusion."""

    proposal: Mapped[BlacklistProposal] = relationship(back_populates="evidence")
    comment: Mapped[Comment | None] = relationship()
    closure: Mapped[Closure | None] = relationship()
