"""Memorable dates of the place itself, beside those that the product knows (Пр.1.2.4)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.staff import User
from osm.store.types import UtcDateTime


class MemorableDay(Base):
    """One date of the own list. `version` rises with every change."""

    __tablename__ = "memorable_day"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("title <> ''", name="has_title"),
        {"sqlite_autoincrement": True},  # a page that was opened yesterday must not change another date
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(200))
    day: Mapped[date]
    every_year: Mapped[bool] = mapped_column(default=True)
    """Else on this day of this year alone."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    made_by: Mapped[User] = relationship()
