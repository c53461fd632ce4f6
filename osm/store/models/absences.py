"""Absences of people with a substitute each (П.3)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.regulation.substitution import AbsenceReason
from osm.store.models.staff import User
from osm.store.types import UtcDateTime, code


class Absence(Base):
    """Somebody is away from `first_day` to `last_day`, local dates, both included; `version` rises with every edit."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("substitute_id IS NULL OR substitute_id <> person_id", name="substitute_is_another"),
        # Whose absence holds on a day is asked with every page.
        Index("ix_absence_last_day", "last_day", "first_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    reason: Mapped[AbsenceReason] = mapped_column(code(AbsenceReason, "absence_reason_known"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    """Empty: nobody stands in, which the curator sees in red."""
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it holds no longer, where the person came back before its last day or never went."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    person: Mapped[User] = relationship(foreign_keys=[person_id])
    substitute: Mapped[User | None] = relationship(foreign_keys=[substitute_id])
    entered_by: Mapped[User | None] = relationship(foreign_keys=[entered_by_id])
