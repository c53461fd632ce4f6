"""Complaints about deleted comments and banned authors (П.17, Пр.2.6)."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Numbered
from osm.base.types import AboutPerson, UtcDateTime, code, index_where
from osm.blacklist.models import BlacklistProposal
from osm.comments.models import Comment
from osm.messages.models import Message
from osm.people.models import User
from osm.regulation.blacklist import ComplaintOutcome

_OPEN = "outcome IS NULL"


class Complaint(Numbered):
    """One complaint about a deleted comment or a proposal for the black list, open until it has an outcome. The message
    is the complaint itself, answered as usual."""

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(comment_id IS NULL) <> (proposal_id IS NULL)", name="about_one_decision"),
        CheckConstraint("(outcome IS NULL) = (reviewed_at IS NULL)", name="reviewed_has_outcome"),
        CheckConstraint("outcome IS NULL OR (reason <> '' AND reviewed_by_id IS NOT NULL)", name="reviewed_says_why"),
        CheckConstraint("reviewed_by_id IS NULL OR reviewed_by_id <> decider_id", name="reviewed_by_another"),
        index_where("uq_complaint_comment", "comment_id", unique=True, where=_OPEN),
        index_where("uq_complaint_proposal", "proposal_id", unique=True, where=_OPEN),
        Index("ix_complaint_entered", "entered_at", "id"),
    )

    version: Mapped[int] = mapped_column(default=1, server_default="1")
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="RESTRICT"))
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("blacklist_proposal.id", ondelete="RESTRICT"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="RESTRICT"), index=True)
    evidence: Mapped[dict[str, Any]] = mapped_column(AboutPerson("author_name", "author_url", "url"), default=dict)
    """For a comment: its text and findings at the time of the decision, because its row may change after it is
    restored. A proposal for the black list has its own evidence.
    """
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty if the author was banned in the network itself."""
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[ComplaintOutcome | None] = mapped_column(code(ComplaintOutcome, "complaint_outcome_known"))
    unbanned: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """The outcome also lifted the ban."""
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    comment: Mapped[Comment | None] = relationship()
    proposal: Mapped[BlacklistProposal | None] = relationship()
    message: Mapped[Message] = relationship()
    decider: Mapped[User | None] = relationship(foreign_keys=[decider_id])
    entered_by: Mapped[User] = relationship(foreign_keys=[entered_by_id])
    reviewed_by: Mapped[User | None] = relationship(foreign_keys=[reviewed_by_id])
