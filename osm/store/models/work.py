"""Work on a message: who prepares, what was typed, which version was approved and published."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import false as sql_false
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from osm.extensions import Base
from osm.regulation.words import ReplyKind, Status
from osm.store.models.messages import Message, Origin
from osm.store.models.people import Department, User
from osm.store.types import UtcDateTime, code

if TYPE_CHECKING:
    from osm.store.models.answers import CriteriaException
    from osm.store.models.files import Attachment


class Assignment(Base):
    """Somebody was asked to prepare the answer (П.7). Replaced executors keep their ended rows."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("order_no >= 1", name="order_positive"),
        Index(
            "uq_assignment_active",
            "message_id",
            "executor_id",
            unique=True,
            sqlite_where=sql("ended_at IS NULL"),
            postgresql_where=sql("ended_at IS NULL"),
        ),
        # Whose messages these are is read from the index alone.
        Index("ix_assignment_executor_active", "executor_id", "ended_at", "message_id"),
        Index("ix_assignment_department_active", "department_id", "ended_at", "message_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    executor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    order_no: Mapped[int] = mapped_column(default=1)
    task: Mapped[str] = mapped_column(Text, default="")
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    message: Mapped[Message] = relationship(back_populates="assignments")
    executor: Mapped[User] = relationship(foreign_keys=[executor_id], lazy="joined")
    department: Mapped[Department | None] = relationship(lazy="joined")


class Reply(Base):
    """One reply to a message. At most one of a message is not yet published."""

    __tablename__ = "reply"
    __table_args__ = (
        CheckConstraint(
            "published_at IS NULL OR (published_url <> '' AND approved_draft_id IS NOT NULL)",
            name="published_is_approved",
        ),
        Index(
            "uq_reply_current",
            "message_id",
            unique=True,
            sqlite_where=sql("published_at IS NULL"),
            postgresql_where=sql("published_at IS NULL"),
        ),
        CheckConstraint("entered_in_source_at IS NULL OR published_at IS NOT NULL", name="entered_is_published"),
        CheckConstraint("entered_in_source_by_id IS NULL OR entered_in_source_at IS NOT NULL", name="entered_has_time"),
        Index(
            "ix_reply_not_in_source",
            "published_at",
            "id",
            sqlite_where=sql("published_at IS NOT NULL AND entered_in_source_at IS NULL AND for_source = 1"),
            postgresql_where=sql("published_at IS NOT NULL AND entered_in_source_at IS NULL AND for_source"),
        ),
        Index(
            "ix_reply_entered_in_source",
            "entered_in_source_at",
            "id",
            sqlite_where=sql("entered_in_source_at IS NOT NULL"),
            postgresql_where=sql("entered_in_source_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ReplyKind] = mapped_column(code(ReplyKind, "reply_kind_known"), default=ReplyKind.FINAL)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_draft_id: Mapped[int | None] = mapped_column(
        ForeignKey("draft.id", ondelete="RESTRICT", use_alter=True, name="fk_reply_approved_draft")
    )
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_url: Mapped[str] = mapped_column(String(1000), default="")
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    for_source: Mapped[bool] = mapped_column(default=False, server_default=sql_false())
    """The message came from «Инцидент Менеджмент», which waits for the reply: set with the message, never changed."""
    entered_in_source_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the reply stands in «Инцидент Менеджмент» too; `osm.store.queries.source_entry` says whose must."""
    entered_in_source_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty where a later export showed it."""

    message: Mapped[Message] = relationship(back_populates="replies")
    attachments: Mapped[list[Attachment]] = relationship(back_populates="reply", order_by="Attachment.id")
    drafts: Mapped[list[Draft]] = relationship(
        back_populates="reply", order_by="Draft.number", foreign_keys="Draft.reply_id"
    )
    approved_draft: Mapped[Draft | None] = relationship(foreign_keys=[approved_draft_id], post_update=True)
    published_by: Mapped[User | None] = relationship(foreign_keys=[published_by_id])
    entered_in_source_by: Mapped[User | None] = relationship(foreign_keys=[entered_in_source_by_id])

    @validates("message")
    def _of_source(self, _key: str, message: Message) -> Message:
        self.for_source = message.origin is Origin.INCIDENT
        return message


class DraftText(Base):
    """What a person is typing: saved as he types, one per person and reply."""

    __tablename__ = "draft_text"
    __table_args__ = (UniqueConstraint("reply_id", "user_id", name="uq_draft_text_person"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DraftState(StrEnum):
    """What became of a version."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    APPROVED = "approved"
    CORRECTED = "corrected"
    """The curator made a version of his own of it."""
    REVOKED = "revoked"


class Draft(Base):
    """A version of a reply's text; it never changes after it was made, only its state does."""

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("reply_id", "number", name="uq_draft_number"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("state <> 'returned' OR remarks <> ''", name="return_has_remarks"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[DraftState] = mapped_column(code(DraftState, "draft_state_known"), default=DraftState.SUBMITTED)
    came_from: Mapped[Status] = mapped_column(code(Status, "draft_origin_known"))
    """The status in which it was submitted: withdrawing leads back there."""
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Who answers for truth and completeness (П.18)."""
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_by: Mapped[str] = mapped_column(String(200), default="")
    """«по телефону», «в чате», «на бумаге», where the curator entered it for the executor."""
    is_correction: Mapped[bool] = mapped_column(default=False)
    remarks: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    reply: Mapped[Reply] = relationship(back_populates="drafts", foreign_keys=[reply_id])
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    submitted_by: Mapped[User] = relationship(foreign_keys=[submitted_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    exception: Mapped[CriteriaException | None] = relationship(back_populates="draft")
