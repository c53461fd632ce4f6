"""Filters of the register that a person saves."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from osm.base.database import Numbered
from osm.base.types import UtcDateTime


class SavedFilter(Numbered):
    """One entry in a person's menu; `query` is the query string of its address."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        UniqueConstraint("user_id", "name", name="uq_saved_filter_name"),
        CheckConstraint("name <> ''", name="has_name"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
