"""One answer to many messages on the same matter: the common text, and whose replies it is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.regulation.interim import InterimReason
from osm.regulation.words import ReplyKind
from osm.store.models.answers import Reply
from osm.store.models.messages import Message
from osm.store.models.staff import User
from osm.store.models.templates import InSpiteReason
from osm.store.types import UtcDateTime, code


class GroupState(StrEnum):
    """How the common text stands; the messages have their own statuses."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"


class AnswerGroup(Base):
    """The common answer. `text` has fields such as «{приветствие}» that each message fills in its own way."""

    __tablename__ = "answer_group"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("state = 'draft' OR text <> ''", name="sent_has_text"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[GroupState] = mapped_column(code(GroupState, "group_state_known"), default=GroupState.DRAFT)
    kind: Mapped[ReplyKind] = mapped_column(code(ReplyKind, "group_kind_known"), default=ReplyKind.FINAL)
    text: Mapped[str] = mapped_column(Text, default="")
    received_by: Mapped[str] = mapped_column(String(200), default="")
    interim_reason: Mapped[InterimReason | None] = mapped_column(code(InterimReason, "group_interim_reason_known"))
    interim_text: Mapped[str] = mapped_column(Text, default="")
    in_spite: Mapped[InSpiteReason | None] = mapped_column(code(InSpiteReason, "group_in_spite_known"))
    in_spite_text: Mapped[str] = mapped_column(Text, default="")
    remarks: Mapped[str] = mapped_column(Text, default="")
    """What is to be mended, while it is a draft again."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    created_by: Mapped[User] = relationship()
    members: Mapped[list[GroupMember]] = relationship(back_populates="group", order_by="GroupMember.id")


class GroupMember(Base):
    """A reply that is given by the common answer. Whoever was taken out keeps his ended row."""

    __tablename__ = "group_member"
    __table_args__ = (
        CheckConstraint("left_by_id IS NULL OR left_at IS NOT NULL", name="left_has_time"),
        Index(
            "uq_group_member_reply",
            "reply_id",
            unique=True,
            sqlite_where=sql("left_at IS NULL"),
            postgresql_where=sql("left_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
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
