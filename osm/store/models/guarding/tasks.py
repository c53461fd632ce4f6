"""What is to be closed when somebody leaves: a task for each page that he could enter and each key that was his."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.accounts import Account
from osm.store.models.guarding.pages import PageAdministrator
from osm.store.models.staff import User
from osm.store.types import UtcDateTime, code


class TaskOutcome(StrEnum):
    """How a task ended."""

    CLOSED = "closed"
    STAYS = "stays"
    """For a reason: he goes on with it, or it was not his."""


_OPEN = "closed_at IS NULL"


class PageTask(Base):
    """One page, or one key of a page where `key_name` says which. Of one thing one is open at a time."""

    __tablename__ = "page_task"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed_has_outcome"),
        CheckConstraint("outcome IS NULL OR outcome <> 'stays' OR reason <> ''", name="stays_has_reason"),
        CheckConstraint("(key_name = '') = (administrator_id IS NOT NULL)", name="page_or_key"),
        Index(
            "uq_page_task_administrator",
            "administrator_id",
            unique=True,
            sqlite_where=sql.text(_OPEN),
            postgresql_where=sql.text(_OPEN),
        ),
        Index(
            "uq_page_task_key",
            "account_id",
            "key_name",
            "name",
            unique=True,
            sqlite_where=sql.text(f"{_OPEN} AND key_name <> ''"),
            postgresql_where=sql.text(f"{_OPEN} AND key_name <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    """Who leaves, as he was called then."""
    administrator_id: Mapped[int | None] = mapped_column(ForeignKey("page_administrator.id", ondelete="CASCADE"))
    """The row by which he could enter the page."""
    key_name: Mapped[str] = mapped_column(String(40), default="", server_default="")
    entry_id: Mapped[int] = mapped_column(default=0)
    """The act of the log by which the key had come into the program: a later one has brought another key."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    outcome: Mapped[TaskOutcome | None] = mapped_column(code(TaskOutcome, "page_task_outcome_known"))
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    account: Mapped[Account] = relationship(lazy="joined")
    administrator: Mapped[PageAdministrator | None] = relationship()
    closed_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[closed_by_id])
