"""Promises, answer templates, and approvals despite an unmet criterion of П.16."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.answers.models.answers import Draft, Reply
from osm.extensions import Base
from osm.files.models import Attachment
from osm.messages.models import Message
from osm.people.models import Topic, User
from osm.regulation.words import ReplyKind
from osm.store.types import UtcDateTime, code, index_where


# --- Promises
class PromiseState(StrEnum):
    """`moved`: replaced by another row with a later day."""

    OPEN = "open"
    REPORTED = "reported"
    """The executor has reported; the curator decides."""
    DONE = "done"
    MOVED = "moved"
    NOT_KEPT = "not_kept"
    DROPPED = "dropped"
    """Not controlled, with a reason."""


class Promise(Base):
    """A control date of an answer. `words`: the wording in the answer."""

    __tablename__ = "promise"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("state NOT IN ('moved', 'not_kept', 'dropped') OR reason <> ''", name="ended_has_reason"),
        CheckConstraint("(result <> '') = (reported_at IS NOT NULL)", name="result_has_time"),
        CheckConstraint("state NOT IN ('reported', 'done') OR result <> ''", name="reported_has_result"),
        Index("ix_promise_state_due", "state", "due_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"), index=True)
    due_on: Mapped[date]
    words: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[PromiseState] = mapped_column(code(PromiseState, "promise_state_known"), default=PromiseState.OPEN)
    result: Mapped[str] = mapped_column(Text, default="")
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id", ondelete="SET NULL"), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    message: Mapped[Message] = relationship()
    reply: Mapped[Reply] = relationship()
    reported_by: Mapped[User | None] = relationship(foreign_keys=[reported_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    photos: Mapped[list[PromisePhoto]] = relationship(order_by="PromisePhoto.attachment_id")


class PromisePhoto(Base):
    """A photo of the result; the file belongs to the answer with the promise."""

    __tablename__ = "promise_photo"

    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id", ondelete="CASCADE"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True)

    attachment: Mapped[Attachment] = relationship()


# --- Templates and approvals despite an unmet criterion of П.16
class OverrideReason(StrEnum):
    """Why a version is approved although a criterion is not met."""

    IS_THERE = "is_there"
    """The check is wrong: the answer says it in other words."""
    NOT_DUE = "not_due"
    """Not needed for this message."""
    NOT_KNOWN = "not_known"
    """Not known yet, and the answer says so."""
    HURRY = "hurry"
    """The answer cannot wait; the rest will follow."""
    OTHER = "other"


class CriteriaException(Base):
    """Approval of a version despite these criteria. `criteria`: keys, separated by commas."""

    __tablename__ = "criteria_exception"
    __table_args__ = (
        CheckConstraint("criteria <> ''", name="names_criteria"),
        CheckConstraint("reason <> 'other' OR text <> ''", name="other_is_explained"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), unique=True)
    criteria: Mapped[str] = mapped_column(String(200))
    reason: Mapped[OverrideReason] = mapped_column(code(OverrideReason, "in_spite_reason_known"))
    text: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    draft: Mapped[Draft] = relationship(back_populates="exception")
    decided_by: Mapped[User] = relationship()


class AnswerTemplate(Base):
    """A template for a topic and kind, with fields such as «{имя}»."""

    __tablename__ = "answer_template"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("text <> ''", name="has_text"),
        index_where("uq_answer_template_name", "name", unique=True, where="archived_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[ReplyKind] = mapped_column(code(ReplyKind, "template_kind_known"))
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id", ondelete="SET NULL"), index=True)
    """Empty: for any topic."""
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    topic: Mapped[Topic | None] = relationship()
    created_by: Mapped[User] = relationship()


class TemplateUse(Base):
    """Use of a template in a reply; counted once for each reply."""

    __tablename__ = "template_use"
    __table_args__ = (UniqueConstraint("template_id", "reply_id", name="uq_template_use_reply"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("answer_template.id", ondelete="CASCADE"))
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)
