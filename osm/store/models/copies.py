"""Near copies: which messages and comments say the same, found by the worker through an index of pieces of letters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base
from osm.store.types import UtcDateTime


class CopyGroup(Base):
    """Texts that are near copies of one another. `size` counts them all, whatever was decided on them."""

    __tablename__ = "copy_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the earliest of them was written."""
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the worker last added to it."""


class CopyText(Base):
    """One text that was read. With `letters` it stands in the index; the others belong to a group and are told by it.

    The group of a text that nothing is like is empty.
    """

    __tablename__ = "copy_text"
    __table_args__ = (
        CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name="of_one_kind"),
        Index("ix_copy_text_group", "group_id", "written_at"),
        Index(
            "ix_copy_text_indexed",
            "read_at",
            sqlite_where=sql("letters IS NOT NULL"),
            postgresql_where=sql("letters IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the text that was read: the same text is not read twice."""
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
    letters: Mapped[str | None] = mapped_column(Text)
    """As `osm.likeness.copies` folds the text; gone once no copy can be expected any more."""
    group_id: Mapped[int | None] = mapped_column(ForeignKey("copy_group.id", ondelete="SET NULL"))


class CopyKey(Base):
    """The index: texts that share a key may be copies."""

    __tablename__ = "copy_key"
    __table_args__ = (Index("ix_copy_key_text", "text_id"), {"sqlite_with_rowid": False})

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    text_id: Mapped[int] = mapped_column(
        ForeignKey("copy_text.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
