"""How this office works where the act leaves it open: one row, none while everything is as in a new installation."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.staff import User
from osm.store.types import UtcDateTime


class OfficeSettings(Base):
    """The defaults are those of a new installation: the letter of the act."""

    __tablename__ = "office_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("(marked_act_number = '') = (marked_act_on IS NULL)", name="act_has_number_and_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    publishing_networks: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Codes of the networks in which executors place the reply themselves (П.3)."""
    answer_marked: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """Whether a message may be answered though a ground of П.17 is marked in it rightly (readings 8 and 15)."""
    marked_act_number: Mapped[str] = mapped_column(String(50), default="", server_default="")
    """The act of the office that changed `answer_marked` last; empty before the first change."""
    marked_act_on: Mapped[date | None]
    no_others_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When an administrator confirmed that the register is complete (Пр.1.3)."""
    no_others_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    no_others_by: Mapped[User | None] = relationship()
