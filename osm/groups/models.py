"""One answer to many messages on the same matter, and the parts of several executors (П.14)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.answers.models import Assignment, OverrideReason, Reply
from osm.base.database import Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.messages.models import Message
from osm.people.models import User
from osm.regulation.words import InterimReason, Labelled, ReplyKind


# --- Common answers
class GroupState(Labelled):
    DRAFT = "draft", "готовится"
    SUBMITTED = "submitted", "на согласовании"
    APPROVED = "approved", "согласован"


class AnswerGroup(Numbered):
    """The common answer. `text` has fields such as «{приветствие}», which are filled for each message."""

    __tablename__ = "answer_group"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("state = 'draft' OR text <> ''", name="sent_has_text"),
    )

    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[GroupState] = mapped_column(code(GroupState, "group_state_known"), default=GroupState.DRAFT)
    kind: Mapped[ReplyKind] = mapped_column(code(ReplyKind, "group_kind_known"), default=ReplyKind.FINAL)
    text: Mapped[str] = mapped_column(Text, default="")
    received_by: Mapped[str] = mapped_column(String(200), default="")
    interim_reason: Mapped[InterimReason | None] = mapped_column(code(InterimReason, "group_interim_reason_known"))
    interim_text: Mapped[str] = mapped_column(Text, default="")
    in_spite: Mapped[OverrideReason | None] = mapped_column(code(OverrideReason, "group_in_spite_known"))
    in_spite_text: Mapped[str] = mapped_column(Text, default="")
    remarks: Mapped[str] = mapped_column(Text, default="")  # what to correct, while it is a draft again
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    created_by: Mapped[User] = relationship()
    members: Mapped[list[GroupMember]] = relationship(back_populates="group", order_by="GroupMember.id")


class GroupMember(Numbered):
    """A reply given by the common answer. A message taken out keeps its ended row."""

    __tablename__ = "group_member"
    __table_args__ = (
        CheckConstraint("left_by_id IS NULL OR left_at IS NOT NULL", name="left_has_time"),
        index_where("uq_group_member_reply", "reply_id", unique=True, where="left_at IS NULL"),
    )

    group_id: Mapped[int] = mapped_column(ForeignKey("answer_group.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    joined_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    group: Mapped[AnswerGroup] = relationship(back_populates="members")
    message: Mapped[Message] = relationship()
    reply: Mapped[Reply] = relationship()


# --- Parts of several executors (П.14)
class PartText(Numbered):
    __tablename__ = "part_text"
    __table_args__ = (UniqueConstraint("assignment_id", "user_id", name="uq_part_text_person"),)

    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Part(Numbered):
    """A version of one executor's information; its text never changes. `returned_at`: sent back with `remarks`. If
    another executor gets the assignment, its versions move with it and keep their author."""

    __tablename__ = "part"
    __table_args__ = (
        UniqueConstraint("assignment_id", "number", name="uq_part_number"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("(returned_at IS NULL) = (remarks = '')", name="return_has_remarks"),
        CheckConstraint("(returned_at IS NULL) = (returned_by_id IS NULL)", name="return_has_person"),
    )

    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """He answers for truth and completeness (П.18)."""
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_by: Mapped[str] = mapped_column(String(200), default="")
    """«по телефону», «в чате», «на бумаге», if the curator entered it for the executor."""
    remarks: Mapped[str] = mapped_column(Text, default="")
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    assignment: Mapped[Assignment] = relationship(back_populates="parts")
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    submitted_by: Mapped[User] = relationship(foreign_keys=[submitted_by_id])
