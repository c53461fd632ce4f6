"""How an official page looked when somebody, or the network itself, was asked (Пр.2.4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.staff import User
from osm.store.types import UtcDateTime


class ProfileCheck(Base):
    """One look at a page; never changed, the next look is another row."""

    __tablename__ = "profile_check"
    __table_args__ = (
        CheckConstraint("(photo_sha256 = '') = (photo_type = '')", name="photo_has_type"),
        Index("ix_profile_check_of_page", "account_id", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    marks: Mapped[dict[str, str]] = mapped_column(JSON)
    """ProfileItem → Seen (`osm.regulation.official.profile`)."""
    note: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Where the network was asked: `title` and `url` as it calls the page."""
    photo_sha256: Mapped[str] = mapped_column(String(64), default="")
    """A picture of how it looked, among the uploads; empty where there is none."""
    photo_type: Mapped[str] = mapped_column(String(60), default="")
    photo_name: Mapped[str] = mapped_column(String(200), default="")

    by: Mapped[User | None] = relationship()
