"""The register of official pages (Пр.1.2.1) as editions with their periods, and looks at profiles."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.outbox.models import Account
from osm.people.models import User
from osm.regulation.own_pages import (
    RECOMMENDED,
    WANTED,
    PageState,
    ProfileItem,
    Seen,
    lacking,
)

# --- The register (Пр.1.2.1)
_IN_FORCE = "until IS NULL"


class AccountEdition(Numbered):
    """The register's entry of a page from `since` to `until` (exclusive; None: in force). Never changed. The network is
    in the account. A page without an edition is connected but not in the register."""

    __tablename__ = "account_edition"
    __table_args__ = (
        UniqueConstraint("account_id", "number", name="uq_account_edition_number"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("until IS NULL OR until >= since", name="times_in_order"),
        CheckConstraint("title <> '' AND url <> '' AND body <> ''", name="has_its_name"),
        CheckConstraint("verified OR verified_on IS NULL", name="mark_has_day"),
        index_where("ix_account_edition_in_force", "account_id", unique=True, where=_IN_FORCE),
        Index("ix_account_edition_since", "since", "id"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    number: Mapped[int]  # starts at 1; used as the version that an editor has seen
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    body: Mapped[str] = mapped_column(String(300))
    body_inn: Mapped[str] = mapped_column(String(12), default="")
    title: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(500))
    state: Mapped[PageState] = mapped_column(code(PageState, "page_state_known"))
    state_on: Mapped[date | None]  # first day of this state, as entered
    opened_on: Mapped[date | None]
    unit: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(200), default="")
    act: Mapped[str] = mapped_column(String(300), default="")
    act_number: Mapped[str] = mapped_column(String(50), default="")
    act_on: Mapped[date | None]
    verified: Mapped[bool] = mapped_column(default=False)  # the page has the mark of Госуслуги
    verified_on: Mapped[date | None]
    is_correction: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """The edition before was a mistake: its wrong values are hidden from the public."""

    account: Mapped[Account] = relationship()
    by: Mapped[User | None] = relationship()

    @property
    def network(self) -> str:
        return self.account.network

    @property
    def state_words(self) -> str:
        """«приостановлен с 01.11.2026»."""
        words = self.state.label
        return f"{words} с {self.state_on:%d.%m.%Y}" if self.state_on and self.state is not PageState.ACTIVE else words

    @property
    def ground(self) -> str:
        """«Постановление администрации от 04.02.2022 № 215»; empty if not entered."""
        day = f" от {self.act_on:%d.%m.%Y}" if self.act_on else ""
        number = f" №\N{NO-BREAK SPACE}{self.act_number}" if self.act_number else ""
        return f"{self.act}{day}{number}"

    @property
    def missing(self) -> tuple[str, ...]:
        """Missing values, in words."""
        if self.state is PageState.CLOSED:
            return ()
        return tuple(words for field, words in WANTED.items() if not getattr(self, field))


# --- Profile of a page (Пр.2.4)
class ProfileCheck(Numbered):
    """A look at a page, by a person or by asking the network. Never changed."""

    __tablename__ = "profile_check"
    __table_args__ = (
        CheckConstraint("(photo_sha256 = '') = (photo_type = '')", name="photo_has_type"),
        Index("ix_profile_check_of_page", "account_id", "at", "id"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    marks: Mapped[dict[str, str]] = mapped_column(JSON)  # ProfileItem → Seen (`osm.regulation.own_pages`)
    note: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """If the network was asked: its `title` and `url` of the page."""
    photo_sha256: Mapped[str] = mapped_column(String(64), default="")  # a screenshot among the uploads; may be empty
    photo_type: Mapped[str] = mapped_column(String(60), default="")
    photo_name: Mapped[str] = mapped_column(String(200), default="")

    by: Mapped[User | None] = relationship()

    @property
    def seen(self) -> dict[ProfileItem, Seen]:
        return {ProfileItem(item): Seen(seen) for item, seen in self.marks.items()}

    @property
    def title(self) -> str:
        """The title in the network, empty if it was not asked."""
        return str((self.told or {}).get("title", ""))

    @property
    def url(self) -> str:
        return str((self.told or {}).get("url", ""))

    @property
    def lines(self) -> list[tuple[str, Seen, bool]]:
        """Label, what was seen, whether it is only recommended; in the order of Пр.2.4."""
        return [(item.label, self.seen.get(item, Seen.UNKNOWN), item in RECOMMENDED) for item in ProfileItem]

    @property
    def lacks(self) -> tuple[str, ...]:
        return tuple(item.label for item in lacking(self.seen))
