"""What is still to be read of messages and comments after their entry or change: queues that the worker empties."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from osm.extensions import Base
from osm.store.types import UtcDateTime, code


class ReadingKind(StrEnum):
    """What a reading is for."""

    SEARCH = "search"
    """The word forms that find the message."""
    REPEATS = "repeats"
    """Earlier messages of the same author or about the same matter (П.15)."""
    VERDICT = "verdict"
    """Whether the text is one of those of П.17."""
    COPIES = "copies"
    """Near copies of the text, by whomever and wherever."""


class _Owed:
    """One reading that is owed. `generation` rises when it is owed anew: a reading of the old text does not settle it.

    `leased_until`: until then the process that took it up has it for itself.
    """

    @declared_attr.directive
    def __table_args__(cls) -> tuple[CheckConstraint, ...]:
        return (
            CheckConstraint("generation >= 1", name="generation_positive"),
            CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        )

    generation: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often this generation was taken up: what fails again and again is tried ever more seldom."""
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DueReading(_Owed, Base):
    """A reading of a message."""

    __tablename__ = "due_readings"

    kind: Mapped[ReadingKind] = mapped_column(code(ReadingKind, "reading_kind_known"), primary_key=True)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class DueCommentReading(_Owed, Base):
    """A reading of a comment."""

    __tablename__ = "due_comment_readings"

    kind: Mapped[ReadingKind] = mapped_column(code(ReadingKind, "comment_reading_kind_known"), primary_key=True)
    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class MessageSearch(Base):
    """Dictionary forms of everything that a message is found by, each once, with one space between two.

    The database keeps an index of them, made by the migration (`osm.store.schema.is_of_models` leaves it out): on
    SQLite the FTS5 table `message_fts`, kept up to date by triggers; on PostgreSQL a generated column and a GIN index
    of that name.
    """

    __tablename__ = "message_search"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)
