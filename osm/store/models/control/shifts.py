"""The duty roster (П.20), and the day handed over: what was open, who gave it, who took it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, false
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.staff import User
from osm.store.types import UtcDateTime

_WAITS = "taken_at IS NULL AND withdrawn_at IS NULL"


class DutyTurn(Base):
    """One turn of one person: from `begins_at` on, until `ends_at`. Entered or taken out, never changed."""

    __tablename__ = "duty_turn"
    __table_args__ = (
        CheckConstraint("ends_at > begins_at", name="times_in_order"),
        Index("ix_duty_turn_times", "begins_at", "ends_at"),
        # An old page must not take out another turn: no id is given twice.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    phone: Mapped[str] = mapped_column(String(120), default="")
    """Where he is reached then; empty: by his own telephone."""
    loads_exports: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether he loads the exports of «Инцидент Менеджмент» on the day on which the turn begins (П.7)."""
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    person: Mapped[User] = relationship(foreign_keys=[person_id])


class Shift(Base):
    """One handing over. `content`: section → ids of what was open then; the words are read anew.

    It waits until somebody else takes it, or who gave it takes it back.
    """

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(taken_at IS NULL) = (taken_by_id IS NULL)", name="taken_by_somebody"),
        CheckConstraint("taken_by_id IS NULL OR taken_by_id <> given_by_id", name="taken_by_another"),
        CheckConstraint("taken_at IS NULL OR withdrawn_at IS NULL", name="taken_or_withdrawn"),
        Index("ix_shift_waits", "given_at", sqlite_where=sql(_WAITS), postgresql_where=sql(_WAITS)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    note: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    given_by: Mapped[User] = relationship(foreign_keys=[given_by_id])
    taken_by: Mapped[User | None] = relationship(foreign_keys=[taken_by_id])
