"""The log: who did what, when, and the seals upon it. Rows of both are added, never changed: triggers refuse it.

SQLite drops the triggers of a table that a migration rebuilds: such a migration makes them anew.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from osm.extensions import Base
from osm.people.models import User
from osm.store.types import UtcDateTime

READ = "read"
"""Action of events that changed nothing: somebody read personal data; `object_kind` says what."""

VERIFIED = "log_verified"
"""Action: the log was compared with its seals; `changes` say what came of it."""

FAULT = "log_fault"
"""Action: the worker found seals gone or replaced, and says so before it seals on; `found`: what, in words."""

SEALED_LATE = "log_sealed_late"
"""Action: events got their seal long after they were made; from when, until when, how many."""

FOR_WHOM = "on_behalf_of_id"
"""Among the changes of an event: the absent colleague for whom the actor acted (П.3)."""


class Event(Base):
    """One act. `changes` maps a field to [old, new] as codes, instants and ids; texts stay out, they can be purged."""

    __tablename__ = "event"
    # The screen of the log pages by instant and number within whatever it is filtered by.
    __table_args__ = (
        Index("ix_event_message", "message_id", "id"),
        Index("ix_event_at", "at", "id"),
        Index("ix_event_actor", "actor_id", "at", "id"),
        Index("ix_event_action", "action", "at", "id"),
        Index("ix_event_object", "object_kind", "object_id", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty where the machine acted by itself."""
    action: Mapped[str] = mapped_column(String(60))
    clause: Mapped[str] = mapped_column(String(20), default="")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="RESTRICT"))
    object_kind: Mapped[str] = mapped_column(String(40), default="")
    object_id: Mapped[int | None]
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note_digest: Mapped[str | None] = mapped_column(String(64))
    """Of the note that was given; it stays when the note is purged."""

    actor: Mapped[User | None] = relationship()
    note: Mapped[EventNote | None] = relationship(back_populates="event", uselist=False, lazy="joined")

    @validates("note")
    def _digest(self, _key: str, note: EventNote | None) -> EventNote | None:
        if note is not None:
            self.note_digest = note.digest
        return note


class EventNote(Base):
    """The reason or remark that a person gave with an act, apart from the log itself so that it can be purged.

    With the note goes its salt, and nobody can find out from the digest what the note had said.
    """

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
    """The events from `first_id` to `last_id` as they stood when they were sealed; ranges follow without a gap.

    `mac` is an HMAC over the range, its rows and the seal before it (`osm.log.acts.sealing`).
    """

    __tablename__ = "event_seal"
    __table_args__ = (
        CheckConstraint("last_id >= first_id", name="range_in_order"),
        CheckConstraint("count >= 1 AND count <= last_id - first_id + 1", name="count_fits_range"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_id: Mapped[int] = mapped_column(unique=True)
    last_id: Mapped[int] = mapped_column(unique=True)
    count: Mapped[int]
    """Fewer than the range has room for where PostgreSQL gave numbers to transactions that were rolled back."""
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key_id: Mapped[str] = mapped_column(String(16))
    """Tells another key from a changed log."""
    mac: Mapped[str] = mapped_column(String(64))


def new_value(changes: Any, name: str) -> Any:
    """What an event says that a field has become; None also where somebody has put anything else in this place."""
    pair = changes.get(name) if isinstance(changes, dict) else None
    return pair[1] if isinstance(pair, list) and len(pair) == 2 else None


def found_words(changes: Any) -> list[str]:
    """What a FAULT or VERIFIED event says it has found."""
    found = new_value(changes, "found")
    return [str(words) for words in found] if isinstance(found, list) else []
