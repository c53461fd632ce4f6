"""The log: events and their seals. Triggers refuse changes; a migration that rebuilds a table must create them again,
because SQLite drops them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime
from osm.people.models import User

READ = "read"  # action: a person has read personal data; `object_kind` says what

VERIFIED = "log_verified"  # action: the log was checked against its seals; `changes` have the result

FAULT = "log_fault"
"""Action: the worker found missing or replaced seals, logged before it seals again; `found`: what, in words."""

SEALED_LATE = "log_sealed_late"  # action: events were sealed late; from when, until when, how many

PURGE = "purge"  # action: the words of an object were destroyed at the end of their term; `kept` says which

ON_BEHALF_OF = "on_behalf_of_id"
"""Key in the changes of an event: the absent colleague for whom the actor acted (П.3)."""


class Event(Numbered):
    """An act. `changes`: field → [old, new] with codes, times and ids; no texts, because they can be purged."""

    __tablename__ = "event"
    # The screen of the log pages by time and number, with any filter.
    __table_args__ = (
        Index("ix_event_message", "message_id", "id"),
        Index("ix_event_at", "at", "id"),
        Index("ix_event_actor", "actor_id", "at", "id"),
        Index("ix_event_action", "action", "at", "id"),
        Index("ix_event_object", "object_kind", "object_id", "at", "id"),
    )

    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty if the program acted."""
    action: Mapped[str] = mapped_column(String(60))
    clause: Mapped[str] = mapped_column(String(20), default="")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="RESTRICT"))
    object_kind: Mapped[str] = mapped_column(String(40), default="")
    object_id: Mapped[int | None]
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note_digest: Mapped[str | None] = mapped_column(String(64))  # digest of the note; kept when the note is purged

    actor: Mapped[User | None] = relationship()
    note: Mapped[EventNote | None] = relationship(back_populates="event", uselist=False, lazy="joined")

    @validates("note")
    def _digest(self, _key: str, note: EventNote | None) -> EventNote | None:
        if note is not None:
            self.note_digest = note.digest
        return note


class EventNote(Base):
    """Reason or remark of an act, stored outside the log so that it can be purged. The salt is purged with it, so the
    digest cannot be matched to a guess."""

    __tablename__ = "event_note"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(32))
    event: Mapped[Event] = relationship(back_populates="note")

    def __init__(self, text: str) -> None:
        super().__init__(text=text, salt=secrets.token_hex(16))

    @property
    def digest(self) -> str:
        return salted_digest(self.salt, self.text)


def salted_digest(salt: str, text: str) -> str:
    """SHA-256 of a text with its salt, hexadecimal."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


class EventSeal(Base):
    """Seal of the events from `first_id` to `last_id`; ranges have no gaps. `mac`: HMAC over the range, its rows and
    the previous seal (`osm.log.acts.sealing`)."""

    __tablename__ = "event_seal"
    __table_args__ = (
        CheckConstraint("last_id >= first_id", name="range_in_order"),
        CheckConstraint("count >= 1 AND count <= last_id - first_id + 1", name="count_fits_range"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_id: Mapped[int] = mapped_column(unique=True)
    last_id: Mapped[int] = mapped_column(unique=True)
    count: Mapped[int]  # smaller than the range if PostgreSQL gave numbers to transactions that were rolled back
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key_id: Mapped[str] = mapped_column(String(16))  # distinguishes another key from a changed log
    mac: Mapped[str] = mapped_column(String(64))


def new_value(changes: Any, name: str) -> Any:
    """New value of a field in the changes; None if it is missing or malformed."""
    pair = changes.get(name) if isinstance(changes, dict) else None
    return pair[1] if isinstance(pair, list) and len(pair) == 2 else None


def found_words(changes: Any) -> list[str]:
    """Findings of a FAULT or VERIFIED event, in words."""
    found = new_value(changes, "found")
    return [str(words) for words in found] if isinstance(found, list) else []
