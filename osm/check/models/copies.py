"""Near copies, and traits and links of messages on the same matter (П.15)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where


# --- Near copies
class CopyGroup(Numbered):
    """Texts that are near copies of each other. `size` counts all, also decided ones."""

    __tablename__ = "copy_group"

    size: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when the earliest was written
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when the worker last added to it


class CopyText(Numbered):
    """A text that was read. With `letters` it is in the index; others are only members of a group. `group_id` is empty
    for a text without copies."""

    __tablename__ = "copy_text"
    __table_args__ = (
        CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name="of_one_kind"),
        Index("ix_copy_text_group", "group_id", "written_at"),
        index_where("ix_copy_text_indexed", "read_at", where="letters IS NOT NULL"),
    )

    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the text, so that it is not read twice
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
    letters: Mapped[str | None] = mapped_column(Text)
    """Text as folded by `osm.likeness.copies`; deleted when no more copies are expected."""
    group_id: Mapped[int | None] = mapped_column(ForeignKey("copy_group.id", ondelete="SET NULL"))


class CopyKey(Base):
    """The index: texts with a common key may be copies."""

    __tablename__ = "copy_key"
    __table_args__ = (Index("ix_copy_key_text", "text_id"), {"sqlite_with_rowid": False})

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    text_id: Mapped[int] = mapped_column(
        ForeignKey("copy_text.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


# --- Places, traits and links (П.15)
class PlaceKind(StrEnum):
    STREET = "street"
    SETTLEMENT = "settlement"


class KnownPlace(Base):
    """A street or settlement learned from an address field, so that it is recognised in texts."""

    __tablename__ = "known_place"

    kind: Mapped[PlaceKind] = mapped_column(code(PlaceKind, "place_kind_known"), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)


class MessageTraits(Base):
    """`osm.likeness.traits.Traits` of a message, by the rules `rules`."""

    __tablename__ = "message_traits"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    rules: Mapped[int]
    traits: Mapped[dict[str, Any]] = mapped_column(JSON)


class TraitKey(Base):
    """The index of traits: messages with a common key may be on the same matter. `day`: of receipt, since 1970."""

    __tablename__ = "trait_key"
    __table_args__ = (Index("ix_trait_key_message", "message_id"),)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class LinkKind(StrEnum):
    REPEAT = "repeat"  # same author, same matter: П.15
    SAME_MATTER = "same_matter"  # different authors, same matter


class LinkState(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class MessageLink(Numbered):
    """Two messages: proposed by the worker, confirmed or rejected by a person; each answer raises `version`."""

    __tablename__ = "message_link"
    __table_args__ = (
        UniqueConstraint("later_id", "earlier_id", name="uq_message_link_pair"),
        CheckConstraint("later_id <> earlier_id", name="link_of_two"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_has_time"),
    )

    later_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    earlier_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    kind: Mapped[LinkKind] = mapped_column(code(LinkKind, "link_kind_known"))
    state: Mapped[LinkState] = mapped_column(code(LinkState, "link_state_known"), default=LinkState.PROPOSED)
    score: Mapped[int] = mapped_column(default=0)  # similarity in thousandths
    version: Mapped[int] = mapped_column(default=1)
    marks: Mapped[bool] = mapped_column(default=False)
    """The later message is marked as a repeat because of this pair, not by the export."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
