"""The secret address by which somebody's own calendar reads the plan (Пр.1.2.4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base
from osm.store.types import UtcDateTime


class PlanFeed(Base):
    """One a person; the address holds a random secret, this table only its hash. `version` rises with every act."""

    __tablename__ = "plan_feed"
    __table_args__ = (CheckConstraint("version >= 1", name="version_positive"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    secret_hash: Mapped[str | None] = mapped_column(String(64))
    """Empty: switched off."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
