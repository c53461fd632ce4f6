"""Calls of networks that wait to be worked off."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from osm.base.database import Numbered
from osm.base.types import UtcDateTime, index_where


class ReceivedEvent(Numbered):
    """A call of a network. Once worked off only its id stays, so that no event is read twice."""

    __tablename__ = "received_event"
    __table_args__ = (
        UniqueConstraint("connection_id", "event_id", name="uq_received_event_event"),
        CheckConstraint("(worked_at IS NULL) = (body <> '')", name="worked_off_is_empty"),
        index_where("ix_received_event_waiting", "connection_id", "id", where="worked_at IS NULL"),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(String(64))  # as the network names it, or a digest of it
    body: Mapped[str] = mapped_column(Text)  # JSON, without what proves that it is genuine
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    worked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
