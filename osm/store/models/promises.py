"""What a final answer promised for a day to come, and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.answers import Reply
from osm.store.models.files import Attachment
from osm.store.models.messages import Message
from osm.store.models.staff import User
from osm.store.types import UtcDateTime, code


class PromiseState(StrEnum):
    """`moved`: another row with a later day took its place."""

    OPEN = "open"
    REPORTED = "reported"
    """The executor has told the result; the curator decides."""
    DONE = "done"
    MOVED = "moved"
    NOT_KEPT = "not_kept"
    DROPPED = "dropped"
    """Nobody controls it, for a stated reason."""


class Promise(Base):
    """One control date of one answer. `words`: how the answer named it."""

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
    """A photo that shows the result; the file stands with the answer that promised it."""

    __tablename__ = "promise_photo"

    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id", ondelete="CASCADE"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True)

    attachment: Mapped[Attachment] = relationship()
