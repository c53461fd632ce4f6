"""Publications of the content plan: the text, its versions, and the pages on which each stands (Пр.1.2.4, 2.2, 2.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.accounts.models import Account
from osm.extensions import Base
from osm.log.models import salted_digest
from osm.people.models import User
from osm.plan.rules.words import Format, PublicationState
from osm.store.types import UtcDateTime, code


# --- Publications of the content plan
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
    """Of the format (`osm.plan.rules.words`)."""
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


# --- Headings that repeat every week, and the ideas that were made of them (Пр.1.2.4, 2.2)
class WeeklyHeading(Base):
    """A heading and its day of the week. `version` rises with every change."""

    __tablename__ = "weekly_heading"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),
        CheckConstraint("minute BETWEEN 0 AND 1439", name="minute_of_the_day"),
        {"sqlite_autoincrement": True},  # a page that was opened yesterday must not change another heading
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(80))
    weekday: Mapped[int]
    """From 0, Monday."""
    minute: Mapped[int | None]
    """Of the local day; empty: the hour is not known."""
    pages: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Accounts; none: every page of the office."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    made_by: Mapped[User] = relationship()


class HeadingIdea(Base):
    """An idea that was made of a heading: of one week never a second one, wherever the first was moved to."""

    __tablename__ = "heading_idea"

    heading_id: Mapped[int] = mapped_column(ForeignKey("weekly_heading.id", ondelete="CASCADE"), primary_key=True)
    monday: Mapped[date] = mapped_column(primary_key=True)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id", ondelete="SET NULL"))


# --- Memorable dates of the place itself, beside those that the product knows (Пр.1.2.4)
class MemorableDay(Base):
    """One date of the own list. `version` rises with every change."""

    __tablename__ = "memorable_day"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("title <> ''", name="has_title"),
        {"sqlite_autoincrement": True},  # a page that was opened yesterday must not change another date
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(200))
    day: Mapped[date]
    every_year: Mapped[bool] = mapped_column(default=True)
    """Else on this day of this year alone."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    made_by: Mapped[User] = relationship()


# --- What departments offer for publication, tasks of the krai, and the photos of both and of publications (Пр.2.3)
class NewsState(StrEnum):
    """What the press centre made of it."""

    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"


class DepartmentNews(Base):
    """An item of news as a department has offered it; the words are its own and are never changed."""

    __tablename__ = "department_news"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("what <> ''", name="says_something"),
        CheckConstraint("(state = 'offered') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("state <> 'declined' OR answer <> ''", name="declined_has_words"),
        Index("ix_department_news_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    what: Mapped[str] = mapped_column(Text)
    when: Mapped[str] = mapped_column("when_words", String(200), default="")
    place: Mapped[str] = mapped_column(String(300), default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[NewsState] = mapped_column(code(NewsState, "news_state_known"), default=NewsState.OFFERED)
    answer: Mapped[str] = mapped_column(Text, default="")
    """Why it was declined."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id", ondelete="SET NULL"), index=True)
    """What was made of it."""

    author: Mapped[User] = relationship(foreign_keys=[author_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    publication: Mapped[Publication | None] = relationship()
    photos: Mapped[list[PlanPhoto]] = relationship(order_by="PlanPhoto.id")


class KraiTask(Base):
    """«Разместить до 12:00, прислать ссылки»: the publication that was made of it gathers the links."""

    __tablename__ = "krai_task"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(reported_at IS NULL) = (reported_by_id IS NULL)", name="reported_by_somebody"),
        Index("ix_krai_task_due", "reported_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    given_by: Mapped[str] = mapped_column(String(200), default="")
    """Who has given it, and how it came."""
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="RESTRICT"), index=True)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    report: Mapped[str] = mapped_column(Text, default="")
    """As it was sent."""
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    publication: Mapped[Publication] = relationship()
    entered_by: Mapped[User] = relationship(foreign_keys=[entered_by_id])
    reported_by: Mapped[User | None] = relationship(foreign_keys=[reported_by_id])


class PlanPhoto(Base):
    """A photo as it may go out: drawn anew and smaller, without the place and the camera; of one owner."""

    __tablename__ = "plan_photo"
    __table_args__ = (
        CheckConstraint("(publication_id IS NULL) <> (news_id IS NULL)", name="of_one_owner"),
        CheckConstraint("size > 0", name="size_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"), index=True)
    news_id: Mapped[int | None] = mapped_column(ForeignKey("department_news.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    alt: Mapped[str] = mapped_column(String(300), default="")
    """What is on it, for whoever does not see it."""
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When somebody has looked whether there are faces or number plates that may not be shown."""
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def again(self) -> PlanPhoto:
        """The same photo for another owner, with what was said of it."""
        return PlanPhoto(
            filename=self.filename, size=self.size, sha256=self.sha256, alt=self.alt, looked_at=self.looked_at,
            uploaded_by_id=self.uploaded_by_id, uploaded_at=self.uploaded_at,
        )  # fmt: skip


# --- What is being typed in the editor of the plan (Пр.1.2.4)
class PlanText(Base):
    """What a person is typing for a publication: saved as he types, one per person; gone once he has saved it."""

    __tablename__ = "plan_text"
    __table_args__ = (UniqueConstraint("publication_id", "user_id", name="uq_plan_text_person"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, default="")
    """All fields of the form: JSON, name → values."""
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


# --- The secret address by which somebody's own calendar reads the plan (Пр.1.2.4)
class PlanFeed(Base):
    """One a person; the address holds a random secret, this table only its hash. `version` rises with every act."""

    __tablename__ = "plan_feed"
    __table_args__ = (CheckConstraint("version >= 1", name="version_positive"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    secret_hash: Mapped[str | None] = mapped_column(String(64))
    """Empty: switched off."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
