"""Messages of the Платформа обратной связи."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Numbered
from osm.base.types import UtcDateTime, index_where
from osm.people.models import Department, Topic, User


class PortalMessage(Numbered):
    """One message of ПОС. It has no author: names and contacts stay there. Without `department_id` it waits for the
    curator. `version` rises with each change by a person or a file."""

    __tablename__ = "portal_message"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("closed_by_id IS NULL OR closed_at IS NOT NULL", name="closed_has_time"),
        CheckConstraint("(department_id IS NULL) = (assigned_at IS NULL)", name="assigned_has_time"),
        index_where("ix_portal_message_open", "due_at", "id", where="closed_at IS NULL"),
        Index("ix_portal_message_received", "received_at", "id"),
    )

    version: Mapped[int] = mapped_column(default=1, server_default="1")
    number: Mapped[str] = mapped_column(String(60), unique=True)  # of ПОС
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(500), default="", server_default="")
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id", ondelete="SET NULL"))
    source_topic: Mapped[str] = mapped_column(String(300), default="", server_default="")
    source_status: Mapped[str] = mapped_column(String(100), default="", server_default="")
    rating: Mapped[str] = mapped_column(String(100), default="", server_default="")
    """The author's rating as the file has it."""
    satisfied: Mapped[bool | None]  # what the rating says; None: nothing, or neither
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The term of ПОС, from its column; not a term of the Положение."""
    run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id", ondelete="SET NULL"), index=True)
    """The load that brought it."""
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"), index=True)
    assigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What was entered in ПОС, as the person who entered it wrote it here."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """None: the file says that it is closed."""

    topic: Mapped[Topic | None] = relationship()
    department: Mapped[Department | None] = relationship()
    closed_by: Mapped[User | None] = relationship()
