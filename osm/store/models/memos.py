"""The memo of shortcomings (П.19): what it told of which period, to whom it went, who has read it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.regulation.words import Post
from osm.store.models.staff import User
from osm.store.types import UtcDateTime, code


class MemoState(StrEnum):
    """A draft is counted anew whenever it is opened; what was sent stays as it was sent."""

    DRAFT = "draft"
    SENT = "sent"


class Memo(Base):
    """One memo of the days from `first_day` to `last_day`, local dates, both included."""

    __tablename__ = "memo"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
        CheckConstraint("(state = 'sent') = (number IS NOT NULL)", name="sent_has_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    """Of the register, «3-2026»; given when it is sent."""
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(unique=True)
    """Two memos never end on the same day: the worker prepares each period once."""
    state: Mapped[MemoState] = mapped_column(code(MemoState, "memo_state_known"), default=MemoState.DRAFT)
    proposals: Mapped[str] = mapped_column(Text, default="")
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty where the worker has prepared it."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What it told, as it was sent (`osm.store.queries.control.memo_content`)."""

    sent_by: Mapped[User | None] = relationship(foreign_keys=[sent_by_id])
    readers: Mapped[list[MemoReader]] = relationship(back_populates="memo", order_by="MemoReader.place")


class MemoReader(Base):
    """To whom a memo went, with the post that he had then."""

    __tablename__ = "memo_reader"

    memo_id: Mapped[int] = mapped_column(ForeignKey("memo.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True)
    place: Mapped[int]
    post: Mapped[Post] = mapped_column(code(Post, "memo_reader_post_known"))
    departments: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    """The departments that concern him; empty where all of it does."""
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    memo: Mapped[Memo] = relationship(back_populates="readers")
    user: Mapped[User] = relationship()


class DocumentTemplate(Base):
    """The office's own DOCX in place of the one that comes with the program; `kind`: of which document."""

    __tablename__ = "document_template"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    put_at: Mapped[datetime] = mapped_column(UtcDateTime)
    put_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
