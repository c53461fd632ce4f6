"""Reminders: of what, since when shown, whether seen, and the state of the letter."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.messages.models import Message
from osm.people.models import User


class MailState(StrEnum):
    NONE = "none"  # no letter is wanted, or the person has already seen it
    WAITING = "waiting"
    SENDING = "sending"  # given to the server; if found after a restart, it is unknown whether it was sent
    SENT = "sent"
    UNCLEAR = "unclear"  # a digest that was sent or not; it is not repeated
    FAILED = "failed"  # the server refused it for good


_UNSEEN = "seen_at IS NULL"
_TO_MAIL = "mail IN ('waiting', 'sending')"


class Reminder(Numbered):
    """One reminder of one person. `facts`: codes, numbers and instants for its sentence, never a citizen's words. `key`
    says what it is about, so that no process writes it twice for one person."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("key", "recipient_id", name="uq_reminder_key"),
        CheckConstraint("mail = 'none' OR mail = 'waiting' OR letter <> ''", name="mailed_has_letter"),
        Index("ix_reminder_recipient", "recipient_id", "id"),
        index_where("ix_reminder_unseen", "recipient_id", "shown_from", where=_UNSEEN),
        index_where("ix_reminder_to_mail", "shown_from", where=_TO_MAIL),
    )

    recipient_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(32))
    """A `Kind`; without a constraint, so that a new one needs no migration."""
    key: Mapped[str] = mapped_column(String(160))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    object_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime)  # when it happened or was noticed
    shown_from: Mapped[datetime] = mapped_column(UtcDateTime)  # within working time, unless it is urgent
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail: Mapped[MailState] = mapped_column(code(MailState, "mail_state_known"), default=MailState.NONE)
    at_once: Mapped[bool] = mapped_column(default=False)  # in a letter for itself, not in a digest
    letter: Mapped[str] = mapped_column(String(60), default="")
    """The letter with this reminder: the Message-ID is made of it, the same for each attempt."""
    mail_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the letter was sent, or when it is tried again."""
    attempts: Mapped[int] = mapped_column(default=0)

    recipient: Mapped[User] = relationship()
    message: Mapped[Message | None] = relationship()


class ReminderMark(Base):
    """The event up to which the log was read for reminders; no row: from the beginning."""

    __tablename__ = "reminder_mark"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    event_id: Mapped[int]
