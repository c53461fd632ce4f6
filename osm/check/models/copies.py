"""What the worker has read of places and matters, and which messages speak of the same matter (П.15)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base
from osm.store.types import UtcDateTime, code


# --- Near copies
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


# --- What the worker has read of places and matters, and which messages speak of the same matter (П.15)
class PlaceKind(StrEnum):
    """What a name met in an address is."""

    STREET = "street"
    SETTLEMENT = "settlement"


class KnownPlace(Base):
    """A street or settlement learned from the address of a message: from then on it is known in texts as well."""

    __tablename__ = "known_place"

    kind: Mapped[PlaceKind] = mapped_column(code(PlaceKind, "place_kind_known"), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)


class MessageTraits(Base):
    """`osm.likeness.traits.Traits` of one message, read by the rules of `rules`."""

    __tablename__ = "message_traits"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    rules: Mapped[int]
    traits: Mapped[dict[str, Any]] = mapped_column(JSON)


class TraitKey(Base):
    """The index over traits: messages that share a key may speak of the same matter. `day` of receipt, since 1970."""

    __tablename__ = "trait_key"
    __table_args__ = (Index("ix_trait_key_message", "message_id"),)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class LinkKind(StrEnum):
    """How two messages belong together."""

    REPEAT = "repeat"
    """Of the same author on the same matter: П.15."""
    SAME_MATTER = "same_matter"
    """Of different authors on the same matter."""


class LinkState(StrEnum):
    """What a person said of it."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class MessageLink(Base):
    """A pair of messages: proposed by the worker, confirmed or rejected by a person; each answer raises `version`."""

    __tablename__ = "message_link"
    __table_args__ = (
        UniqueConstraint("later_id", "earlier_id", name="uq_message_link_pair"),
        CheckConstraint("later_id <> earlier_id", name="link_of_two"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_has_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    later_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    earlier_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    kind: Mapped[LinkKind] = mapped_column(code(LinkKind, "link_kind_known"))
    state: Mapped[LinkState] = mapped_column(code(LinkState, "link_state_known"), default=LinkState.PROPOSED)
    score: Mapped[int] = mapped_column(default=0)
    """Likeness in thousandths: the higher, the surer."""
    version: Mapped[int] = mapped_column(default=1)
    marks: Mapped[bool] = mapped_column(default=False)
    """The later message is marked as a repeat by this pair, not by the export."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
