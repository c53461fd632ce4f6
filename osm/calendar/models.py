"""The office's calendar: every edition of its working days, hours and years."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base
from osm.base.types import UtcDateTime
from osm.people.models import User


class CalendarEdition(Base):
    """The whole calendar after one decision; the highest number is in force, rows never change. The number is the key,
    so of two simultaneous decisions only one can be stored."""

    __tablename__ = "calendar_edition"
    __table_args__ = (CheckConstraint("number >= 1", name="number_positive"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # `osm.regulation.working_time.office_calendar.to_json`
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the content; processes cache the calendar under it
    action: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    created_by: Mapped[User | None] = relationship()
