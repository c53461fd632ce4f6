"""Bodies outside that departments ask, questions to them, and the photos of their answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.messages.models import Message
from osm.neighbours.rules import QuestionState, QuestionWay
from osm.people.models import User
from osm.reminders.models import MailState


class NeighbourBody(Numbered):
    """A body that can be asked. Without `email` it is asked by a link that people pass on themselves."""

    __tablename__ = "neighbour_body"
    __table_args__ = (CheckConstraint("version >= 1", name="version_positive"),)

    version: Mapped[int] = mapped_column(default=1, server_default="1")
    name: Mapped[str] = mapped_column(String(200), unique=True)
    email: Mapped[str] = mapped_column(String(200), default="", server_default="")
    phone: Mapped[str] = mapped_column(String(120), default="", server_default="")
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NeighbourQuestion(Numbered):
    """One question. `text`: as it was asked, masked, and then as the curator sent it; `letter`: the letter as it left.

    Token and code of a link are made of `mark` with the key of this installation: neither is stored.
    """

    __tablename__ = "neighbour_question"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint(
            "state NOT IN ('sent', 'opened', 'answered', 'late') OR sent_at IS NOT NULL", name="sent_has_time"
        ),
        CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name="answered_has_time"),
        CheckConstraint("wrong_codes BETWEEN 0 AND 5", name="codes_limited"),
        Index("ix_neighbour_question_asked", "asked_at", "id"),
        index_where("ix_neighbour_question_open", "state", where="state IN ('waits', 'sent', 'opened')"),
        index_where("ix_neighbour_question_to_mail", "id", where="mail IN ('waiting', 'sending')"),
    )

    version: Mapped[int] = mapped_column(default=1, server_default="1")
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="RESTRICT"), index=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("neighbour_body.id", ondelete="RESTRICT"))
    way: Mapped[QuestionWay] = mapped_column(code(QuestionWay, "neighbour_way_known"))
    state: Mapped[QuestionState] = mapped_column(
        code(QuestionState, "neighbour_state_known"), default=QuestionState.WAITS
    )
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)  # until it is sent: when it would end
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    mark: Mapped[str] = mapped_column(String(20), unique=True)
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    wrong_codes: Mapped[int] = mapped_column(default=0, server_default="0")
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    letter: Mapped[str] = mapped_column(Text, default="", server_default="")
    mail: Mapped[MailState] = mapped_column(code(MailState, "neighbour_mail_known"), default=MailState.NONE)
    mail_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it left, or when it is tried again
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Who entered the answer by hand; None: it came by itself."""
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # into a draft
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")  # why it ended without an answer

    message: Mapped[Message] = relationship()
    body: Mapped[NeighbourBody] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    sent_by: Mapped[User | None] = relationship(foreign_keys=[sent_by_id])
    entered_by: Mapped[User | None] = relationship(foreign_keys=[entered_by_id])
    photos: Mapped[list[NeighbourPhoto]] = relationship(order_by="NeighbourPhoto.id")


class NeighbourPhoto(Numbered):
    """A photo of an answer, drawn again without place and camera; stored as uploads are."""

    __tablename__ = "neighbour_photo"
    __table_args__ = (CheckConstraint("size > 0", name="size_positive"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("neighbour_question.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
