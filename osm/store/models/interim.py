"""Why an interim answer was given where П.13 or П.15 expects another one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.regulation.interim import InterimGround, InterimReason
from osm.store.models.answers import Reply
from osm.store.models.staff import User
from osm.store.types import UtcDateTime, code


class InterimExplanation(Base):
    """The reason of one interim reply. `grounds`: codes of InterimGround, with commas."""

    __tablename__ = "interim_explanation"
    __table_args__ = (
        CheckConstraint("grounds <> ''", name="has_grounds"),
        CheckConstraint("reason <> 'other' OR text <> ''", name="other_is_explained"),
    )

    reply_id: Mapped[int] = mapped_column(
        ForeignKey("reply.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    grounds: Mapped[str] = mapped_column(String(60))
    reason: Mapped[InterimReason] = mapped_column(code(InterimReason, "interim_reason_known"))
    text: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    reply: Mapped[Reply] = relationship(back_populates="explanation")
    given_by: Mapped[User] = relationship()

    @property
    def ground_codes(self) -> tuple[InterimGround, ...]:
        return tuple(InterimGround(ground) for ground in self.grounds.split(","))
