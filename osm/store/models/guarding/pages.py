"""How a page is guarded (Пр.1.2.3): who administers it, how one logs in, what the checks found. Never a password."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.regulation.guarding.checks import USUAL_TERM, Right, SecondFactor
from osm.store.models.accounts import Account
from osm.store.models.staff import User
from osm.store.types import UtcDateTime, code


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
