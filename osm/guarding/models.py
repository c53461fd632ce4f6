"""How a page is guarded (Пр.1.2.3): who administers it, how one logs in, what the checks found. Never a password."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.accounts.models import Account
from osm.extensions import Base
from osm.people.models import User
from osm.regulation.guarding.checks import USUAL_TERM, Right, SecondFactor
from osm.store.types import UtcDateTime, code


# --- How a page is guarded (Пр.1.2.3)
class PageGuard(Base):
    """One row a page, from the first time that somebody wrote something down; `id` is that of the account.

    `version` rises with everything that is written down about the page, its administrators and checks too.
    """

    __tablename__ = "page_guard"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("months >= 1", name="months_positive"),
    )

    id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    second_factor: Mapped[SecondFactor] = mapped_column(
        code(SecondFactor, "page_second_factor_known"), default=SecondFactor.UNKNOWN
    )
    password_changed_on: Mapped[date | None]
    recovery: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Telephones and mail by which the page is recovered, one a line, each with whose it is."""
    lone_phone: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """`recovery` names one telephone and nothing else, and does not call it the office's (`is_lone_phone`)."""
    applications: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Programs and services that may act on the page, one a line."""
    months: Mapped[int] = mapped_column(default=USUAL_TERM)
    """After so many months it is checked again."""
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """The local midnight at which the day of the next check begins."""
    named: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Administrators as the network named them last: id, name, url, right."""
    named_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the network is asked for them again."""
    look_said: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why it did not name them the last time."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    account: Mapped[Account] = relationship()


class PageAdministrator(Base):
    """Somebody who can enter a page. Whoever works in the program is named by his user."""

    __tablename__ = "page_administrator"
    __table_args__ = (CheckConstraint("user_id IS NOT NULL OR name <> ''", name="is_somebody"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Of whoever does not work in the program."""
    profile: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """Address or number of his profile in the network: by it he is known again among those whom it names."""
    right: Mapped[Right] = mapped_column(code(Right, "page_right_known"))
    since: Mapped[date | None]
    second_factor: Mapped[SecondFactor] = mapped_column(
        code(SecondFactor, "administrator_second_factor_known"), default=SecondFactor.UNKNOWN
    )
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when he can enter it no longer."""

    user: Mapped[User | None] = relationship(lazy="joined")
    account: Mapped[Account] = relationship()

    @property
    def who(self) -> str:
        """His name, whoever he is."""
        return self.user.name if self.user else self.name


class PageCheck(Base):
    """One check: what each question was answered, and a remark. Kept as it was."""

    __tablename__ = "page_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    answers: Mapped[dict[str, str]] = mapped_column(JSON)
    """Question → answer, as codes."""
    remark: Mapped[str] = mapped_column(Text, default="", server_default="")

    by: Mapped[User | None] = relationship(lazy="joined")


# --- What is to be closed when somebody leaves
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
