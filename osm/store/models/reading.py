"""What is still to be read of messages and comments after their entry or change: queues that the worker empties."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func
from sqlalchemy import text as sql
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
    BURSTS = "bursts"
    """Of which topic and places it is, to be counted (П.20)."""


class _Owed:
    """One reading to do. `generation` changes with each taking and each new request: a reading of
    the old text, or under a lease that has run out, does not settle it.

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
    """How often it was taken since; the pause before the next try grows with it."""
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


class BurstKind(StrEnum):
    """What many write of."""

    TOPIC = "topic"
    PLACE = "place"


class Burst(Base):
    """Heightened activity (П.20): told when it became known, once more when it has doubled.

    Topic, street and settlement of the same messages are its signs; `kind`, `key` and `name` are of the strongest one.
    """

    __tablename__ = "burst"
    __table_args__ = (
        UniqueConstraint("kind", "key", "since", name="uq_burst_since"),
        Index("ix_burst_known", "known_at", "id"),
        Index("ix_burst_until", "kind", "key", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[BurstKind] = mapped_column(code(BurstKind, "burst_kind_known"))
    key: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(300))
    also: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """The place of a topic's burst, the topic of a place's, where more than half of its messages are about it."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the first of it was published."""
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the last of it, as far as known, was published."""
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When people were told."""
    window: Mapped[int]
    """The length of the window that was told of, in minutes."""
    told: Mapped[int]
    """How many messages and comments in that window."""
    usual_hundredths: Mapped[int]
    """How many there usually are in the same hours, in hundredths: «1,3» is 130."""
    known_count: Mapped[int]
    """How many there were when people were told: from twice as many on they are told once more."""
    doubled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it waits for the curator no more: reported to the head, or no report is needed."""


class BurstMark(Base):
    """One message or comment is about one topic or place. Kept for the weeks of the usual, and while its burst is."""

    __tablename__ = "burst_mark"
    __table_args__ = (
        CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name="of_one_kind"),
        Index("ix_burst_mark_series", "kind", "key", "at"),
        Index("ix_burst_mark_at", "at"),
        Index(
            "ix_burst_mark_new",
            "known_at",
            sqlite_where=sql("judged_at IS NULL"),
            postgresql_where=sql("judged_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[BurstKind] = mapped_column(code(BurstKind, "burst_mark_kind_known"))
    key: Mapped[str] = mapped_column(String(200))
    """Of a topic its id, or the words of the source; of a place its stem."""
    name: Mapped[str] = mapped_column(String(300))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Of publication."""
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it came here."""
    judged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it is counted with the others; history is from the beginning."""
    burst_id: Mapped[int | None] = mapped_column(ForeignKey("burst.id", ondelete="SET NULL"), index=True)


TEXT_OF_MARK = func.coalesce(BurstMark.message_id, -BurstMark.comment_id)
"""The message or comment of a mark as one number: a text has a mark of its topic and of each of its places."""
