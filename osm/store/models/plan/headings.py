"""Headings that repeat every week, and the ideas that were made of them (Пр.1.2.4, 2.2)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.staff import User
from osm.store.types import UtcDateTime


class WeeklyHeading(Base):
    """A heading and its day of the week. `version` rises with every change."""

    __tablename__ = "weekly_heading"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),
        CheckConstraint("minute BETWEEN 0 AND 1439", name="minute_of_the_day"),
        {"sqlite_autoincrement": True},  # a page that was opened yesterday must not change another heading
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(80))
    weekday: Mapped[int]
    """From 0, Monday."""
    minute: Mapped[int | None]
    """Of the local day; empty: the hour is not known."""
    pages: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Accounts; none: every page of the office."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    made_by: Mapped[User] = relationship()


class HeadingIdea(Base):
    """An idea that was made of a heading: of one week never a second one, wherever the first was moved to."""

    __tablename__ = "heading_idea"

    heading_id: Mapped[int] = mapped_column(ForeignKey("weekly_heading.id", ondelete="CASCADE"), primary_key=True)
    monday: Mapped[date] = mapped_column(primary_key=True)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id", ondelete="SET NULL"))
