"""What is being typed in the editor of the plan (Пр.1.2.4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base
from osm.store.types import UtcDateTime


class PlanText(Base):
    """What a person is typing for a publication: saved as he types, one per person; gone once he has saved it."""

    __tablename__ = "plan_text"
    __table_args__ = (UniqueConstraint("publication_id", "user_id", name="uq_plan_text_person"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, default="")
    """All fields of the form: JSON, name → values."""
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
