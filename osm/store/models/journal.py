"""The log: who did what, when. Rows are added, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.people import User
from osm.store.types import UtcDateTime


class Event(Base):
    """One act. `changes` maps a field to [old, new] as codes, instants and ids; texts stay out, they can be purged."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_message", "message_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    """Empty where the machine acted by itself."""
    action: Mapped[str] = mapped_column(String(60))
    clause: Mapped[str] = mapped_column(String(20), default="")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))
    object_kind: Mapped[str] = mapped_column(String(40), default="")
    object_id: Mapped[int | None]
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    actor: Mapped[User | None] = relationship()
    note: Mapped[EventNote | None] = relationship(back_populates="event", uselist=False, lazy="joined")


class EventNote(Base):
    """The reason or remark that a person gave with an act, apart from the log itself so that it can be purged."""

    __tablename__ = "event_note"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    event: Mapped[Event] = relationship(back_populates="note")
