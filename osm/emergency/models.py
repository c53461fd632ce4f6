"""An emergency («ЧС», П.20): one notice on all pages, the plan held, one answer for all messages about it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime
from osm.groups.models import AnswerGroup
from osm.plan.models import Publication


class Emergency(Numbered):
    """Prepared, on from `begun_at`, over at `ended_at`. The notice is a publication of the plan like any other."""

    __tablename__ = "emergency"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(begun_at IS NULL) = (begun_by_id IS NULL)", name="begun_by_somebody"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_by_somebody"),
        Index("ix_emergency_begun", "begun_at", "ended_at"),
    )

    version: Mapped[int] = mapped_column(default=1, server_default="1")
    name: Mapped[str] = mapped_column(String(200))
    notice_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="RESTRICT"), unique=True)
    answer: Mapped[str] = mapped_column(Text)  # the text of the common answer, with its fields
    group_id: Mapped[int | None] = mapped_column(ForeignKey("answer_group.id", ondelete="RESTRICT"))
    """Empty if no messages about the event waited."""
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    begun_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    notice: Mapped[Publication] = relationship(foreign_keys=[notice_id])
    group: Mapped[AnswerGroup | None] = relationship()


class EmergencyHold(Base):
    """A planned publication held by an emergency, listed until it is planned again."""

    __tablename__ = "emergency_hold"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey("publication.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    emergency_id: Mapped[int] = mapped_column(ForeignKey("emergency.id", ondelete="CASCADE"), index=True)

    publication: Mapped[Publication] = relationship()
