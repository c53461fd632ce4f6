"""The register of official pages (Пр.1.2.1): every edition of an entry with the time in which it was in force."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.accounts.models import Account
from osm.extensions import Base
from osm.people.models import User
from osm.regulation.official import PageState
from osm.store.types import UtcDateTime, code

# --- The register of official pages (Пр.1.2.1)
_IN_FORCE = sql.text("until IS NULL")


class AccountEdition(Base):
    """What the register says of a page from `since` to `until` (half-open; None: still). It is never changed.

    The network stands in the account. A page without an edition is connected but not in the register.
    """

    __tablename__ = "account_edition"
    __table_args__ = (
        UniqueConstraint("account_id", "number", name="uq_account_edition_number"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("until IS NULL OR until >= since", name="times_in_order"),
        CheckConstraint("title <> '' AND url <> '' AND body <> ''", name="has_its_name"),
        CheckConstraint("verified OR verified_on IS NULL", name="mark_has_day"),
        Index(
            "ix_account_edition_in_force", "account_id", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE
        ),
        Index("ix_account_edition_since", "since", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    number: Mapped[int]
    """1 when the page was entered; it is the version that an editor has seen."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    body: Mapped[str] = mapped_column(String(300))
    body_inn: Mapped[str] = mapped_column(String(12), default="")
    title: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(500))
    state: Mapped[PageState] = mapped_column(code(PageState, "page_state_known"))
    state_on: Mapped[date | None]
    """From which day on it is in this state, as whoever entered it says."""
    opened_on: Mapped[date | None]
    unit: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(200), default="")
    act: Mapped[str] = mapped_column(String(300), default="")
    act_number: Mapped[str] = mapped_column(String(50), default="")
    act_on: Mapped[date | None]
    verified: Mapped[bool] = mapped_column(default=False)
    """The mark of Госуслуги stands on the page."""
    verified_on: Mapped[date | None]
    is_correction: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """The edition before was a mistake: what it said wrongly is shown to nobody outside."""

    account: Mapped[Account] = relationship()
    by: Mapped[User | None] = relationship()


# --- How an official page looked when somebody, or the network itself, was asked (Пр.2.4)
class ProfileCheck(Base):
    """One look at a page; never changed, the next look is another row."""

    __tablename__ = "profile_check"
    __table_args__ = (
        CheckConstraint("(photo_sha256 = '') = (photo_type = '')", name="photo_has_type"),
        Index("ix_profile_check_of_page", "account_id", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    marks: Mapped[dict[str, str]] = mapped_column(JSON)
    """ProfileItem → Seen (`osm.regulation.official`)."""
    note: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Where the network was asked: `title` and `url` as it calls the page."""
    photo_sha256: Mapped[str] = mapped_column(String(64), default="")
    """A picture of how it looked, among the uploads; empty where there is none."""
    photo_type: Mapped[str] = mapped_column(String(60), default="")
    photo_name: Mapped[str] = mapped_column(String(200), default="")

    by: Mapped[User | None] = relationship()
