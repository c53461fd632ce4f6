"""Protection of a page (Пр.1.2.3): administrators, login data, checks, tasks. Passwords are never stored."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.outbox.models import Account
from osm.people.models import User
from osm.regulation.own_pages import USUAL_TERM, Right, SecondFactor


# --- Protection of a page (Пр.1.2.3)
class PageGuard(Base):
    """One row for each page, created with the first entry; `id` is that of the account. `version` rises with every
    change, also of its administrators and checks."""

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
    """Telephones and mail addresses for recovery, one a line, each with its owner."""
    lone_phone: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """`recovery` has a single telephone that is not called the office's (`is_lone_phone`)."""
    applications: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Programs and services with access to the page, one a line."""
    months: Mapped[int] = mapped_column(default=USUAL_TERM)  # months between checks
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """Local midnight of the day of the next check."""
    named: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Administrators in the last answer of the network: id, name, url, right."""
    named_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the network is asked again
    look_said: Mapped[str] = mapped_column(Text, default="", server_default="")  # error of the last request
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    account: Mapped[Account] = relationship()


class PageAdministrator(Numbered):
    """A person with access to a page; a user of the program is linked."""

    __tablename__ = "page_administrator"
    __table_args__ = (CheckConstraint("user_id IS NOT NULL OR name <> ''", name="is_somebody"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(String(200), default="", server_default="")  # empty for users of the program
    profile: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """Address or id of his profile, to find him among the administrators named by the network."""
    right: Mapped[Right] = mapped_column(code(Right, "page_right_known"))
    since: Mapped[date | None]
    second_factor: Mapped[SecondFactor] = mapped_column(
        code(SecondFactor, "administrator_second_factor_known"), default=SecondFactor.UNKNOWN
    )
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when his access ended

    user: Mapped[User | None] = relationship(lazy="joined")
    account: Mapped[Account] = relationship()

    @property
    def who(self) -> str:
        return self.user.name if self.user else self.name


class PageCheck(Numbered):
    """A check: answers and a remark. Never changed."""

    __tablename__ = "page_check"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    answers: Mapped[dict[str, str]] = mapped_column(JSON)  # question → answer, as codes
    remark: Mapped[str] = mapped_column(Text, default="", server_default="")

    by: Mapped[User | None] = relationship(lazy="joined")


# --- Tasks for a person who leaves
class TaskOutcome(StrEnum):
    CLOSED = "closed"
    STAYS = "stays"  # he keeps it, or it was not his; with a reason


_OPEN = "closed_at IS NULL"


class PageTask(Numbered):
    """A page, or its key `key_name`, to be closed for the person. Only one is open for the same page or key."""

    __tablename__ = "page_task"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed_has_outcome"),
        CheckConstraint("outcome IS NULL OR outcome <> 'stays' OR reason <> ''", name="stays_has_reason"),
        CheckConstraint("(key_name = '') = (administrator_id IS NOT NULL)", name="page_or_key"),
        index_where("uq_page_task_administrator", "administrator_id", unique=True, where=_OPEN),
        index_where(
            "uq_page_task_key", "account_id", "key_name", "name", unique=True, where=f"{_OPEN} AND key_name <> ''"
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(String(200))  # his name at that time
    administrator_id: Mapped[int | None] = mapped_column(ForeignKey("page_administrator.id", ondelete="CASCADE"))
    """His row among the administrators."""
    key_name: Mapped[str] = mapped_column(String(40), default="", server_default="")
    entry_id: Mapped[int] = mapped_column(default=0)  # the event that entered the key; a later one means another key
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

    @property
    def page(self) -> str:
        return self.account.name
