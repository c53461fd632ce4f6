"""Publications of the content plan: the text, its versions, and the pages on which each stands (Пр.1.2.4, 2.2, 2.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.regulation.plan.words import Format, PublicationState
from osm.store.models.accounts import Account
from osm.store.models.log import salted_digest
from osm.store.models.staff import User
from osm.store.types import UtcDateTime, code

if TYPE_CHECKING:
    from osm.store.models.plan.news import PlanPhoto


class VersionDecision(StrEnum):
    """What the curator said of a version."""

    APPROVED = "approved"
    RETURNED = "returned"


class Publication(Base):
    """One matter of the plan. `version` rises with every act.

    `text` is the source; a page may have its own beside it (`Placement.text`).
    """

    __tablename__ = "publication"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("state <> 'scheduled' OR at IS NOT NULL", name="scheduled_has_time"),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published_has_time"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
        CheckConstraint(
            "state NOT IN ('approved', 'scheduled', 'published') OR approved_at IS NOT NULL", name="approved_has_time"
        ),
        CheckConstraint("(approved_at IS NULL) = (approver_id IS NULL)", name="approved_by_somebody"),
        CheckConstraint("(author_id IS NULL) = (state = 'found')", name="written_by_somebody"),
        Index("ix_publication_day", "day", "at", "id"),
        Index("ix_publication_state", "state", "at"),
        {"sqlite_autoincrement": True},  # one that was found may go again, and the log names ids
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[PublicationState] = mapped_column(
        code(PublicationState, "publication_state_known"), default=PublicationState.IDEA
    )
    title: Mapped[str] = mapped_column(String(200))
    """For the plan; it does not go out."""
    day: Mapped[date]
    """Local."""
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it goes out, on that day; empty: the hour is not known yet."""
    format: Mapped[Format] = mapped_column(code(Format, "publication_format_known"), default=Format.TEXT)
    fields: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Of the format (`osm.regulation.plan.formats`)."""
    heading: Mapped[str] = mapped_column(String(80), default="")
    ground: Mapped[str] = mapped_column(String(300), default="")
    """What it is based on: an act, an event, a request."""
    text: Mapped[str] = mapped_column(Text, default="")
    late_minutes: Mapped[int] = mapped_column(default=60, server_default="60")
    """So late it may go out where the server was off at its time; later it waits for its author."""
    ordered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its time had come and the program took it up; empty again with every new time."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Nobody of what was found on a page."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it stands on all its pages."""
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was cancelled."""

    author: Mapped[User | None] = relationship(foreign_keys=[author_id])
    approver: Mapped[User | None] = relationship(foreign_keys=[approver_id])
    placements: Mapped[list[Placement]] = relationship(
        back_populates="publication", cascade="all, delete-orphan", order_by="Placement.account_id",
        primaryjoin="and_(Publication.id == Placement.publication_id, Placement.left_out_at.is_(None))",
    )  # fmt: skip
    """Where it is to stand, and where it stands: without the pages that it was taken off."""
    versions: Mapped[list[PublicationVersion]] = relationship(
        back_populates="publication", cascade="all, delete-orphan", order_by="PublicationVersion.number"
    )

    photos: Mapped[list[PlanPhoto]] = relationship(cascade="all, delete-orphan", order_by="PlanPhoto.id")

    def text_of(self, placement: Placement) -> str:
        """What goes out on this page."""
        return self.text if placement.text is None else placement.text


class Placement(Base):
    """A publication upon one page: where it is to stand, and where it stands."""

    __tablename__ = "placement"
    __table_args__ = (
        UniqueConstraint("publication_id", "account_id", name="uq_placement_page"),
        CheckConstraint("placed_at IS NOT NULL OR url = ''", name="link_of_what_stands"),
        CheckConstraint("placed_at IS NULL OR left_out_at IS NULL", name="stands_or_is_left_out"),
        Index("ix_placement_stands", "placed_at", "account_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), index=True)
    text: Mapped[str | None] = mapped_column(Text)
    """Another text than the source; empty: the source itself."""
    url: Mapped[str] = mapped_column(String(1000), default="")
    placed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Who placed it by hand."""
    error: Mapped[str] = mapped_column(Text, default="")
    """Why it does not stand there, in words."""
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When people were reminded to place it by hand; empty again with every new time."""
    left_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """It was taken off this page. The row stays: what was tried there is looked for should it come back."""
    posted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """By the network's clock, since it has been seen there."""
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it has been known not to stand there any more."""

    publication: Mapped[Publication] = relationship(back_populates="placements")
    account: Mapped[Account] = relationship()
    placed_by: Mapped[User | None] = relationship()


class PublicationVersion(Base):
    """What was submitted or approved: never changed, only decided upon."""

    __tablename__ = "publication_version"
    __table_args__ = (
        UniqueConstraint("publication_id", "number", name="uq_publication_version_number"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("(decision IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint("COALESCE(decision, '') <> 'returned' OR remarks <> ''", name="returned_has_remarks"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    page_texts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Account → its own text."""
    salt: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """Of the digest in the log; empty where the log has none."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    decision: Mapped[VersionDecision | None] = mapped_column(code(VersionDecision, "version_decision_known"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    remarks: Mapped[str] = mapped_column(Text, default="")

    publication: Mapped[Publication] = relationship(back_populates="versions")
    made_by: Mapped[User] = relationship(foreign_keys=[made_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    @property
    def digest(self) -> str:
        """What the log keeps of the texts."""
        return version_digest(self.salt, self.title, self.text, self.page_texts)


def version_digest(salt: str, title: str, text: str, page_texts: Mapping[str, str]) -> str:
    return salted_digest(salt, json.dumps([title, text, page_texts], ensure_ascii=False, sort_keys=True))
