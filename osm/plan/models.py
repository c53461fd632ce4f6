"""Publications of the content plan, their versions and pages, and the lists around them (Пр.1.2.4, 2.2, 2.3)."""

from __future__ import annotations

import json
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code
from osm.log.models import salted_digest
from osm.outbox.models import Account
from osm.people.models import User
from osm.plan.rules import Format, PublicationState


# --- Publications
class VersionDecision(StrEnum):
    APPROVED = "approved"
    RETURNED = "returned"


class Publication(Numbered):
    """One publication. `version` rises with every act. `text` is the main text; a page may have its own
    (`Placement.text`)."""

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
        {"sqlite_autoincrement": True},  # a found publication may be deleted, and the log names ids
    )

    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[PublicationState] = mapped_column(
        code(PublicationState, "publication_state_known"), default=PublicationState.IDEA
    )
    title: Mapped[str] = mapped_column(String(200))  # for the plan only, not published
    day: Mapped[date]  # local date
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it goes out, on `day`; empty if the hour is not known yet."""
    format: Mapped[Format] = mapped_column(code(Format, "publication_format_known"), default=Format.TEXT)
    fields: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Extra fields of the format (`osm.plan.rules`)."""
    heading: Mapped[str] = mapped_column(String(80), default="")
    ground: Mapped[str] = mapped_column(String(300), default="")  # the reason for it: an act, an event, a request
    text: Mapped[str] = mapped_column(Text, default="")
    late_minutes: Mapped[int] = mapped_column(default=60, server_default="60")
    """Minutes it may be late after the server was off; later it waits for its author."""
    ordered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the program ordered the posts; empty again with a new time."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty for posts found on a page."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it was placed on the last of its pages
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")  # reason of the cancellation
    campaign_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """Why it goes out though it names a candidate; empty again with another text."""

    author: Mapped[User | None] = relationship(foreign_keys=[author_id])
    approver: Mapped[User | None] = relationship(foreign_keys=[approver_id])
    placements: Mapped[list[Placement]] = relationship(
        back_populates="publication", cascade="all, delete-orphan", order_by="Placement.account_id",
        primaryjoin="and_(Publication.id == Placement.publication_id, Placement.left_out_at.is_(None))",
    )  # fmt: skip
    """Its pages, without those that were taken off."""
    versions: Mapped[list[PublicationVersion]] = relationship(
        back_populates="publication", cascade="all, delete-orphan", order_by="PublicationVersion.number"
    )

    photos: Mapped[list[PlanPhoto]] = relationship(cascade="all, delete-orphan", order_by="PlanPhoto.id")

    def text_of(self, placement: Placement) -> str:
        return self.text if placement.text is None else placement.text


class Placement(Numbered):
    """A publication on one page, planned or placed."""

    __tablename__ = "placement"
    __table_args__ = (
        UniqueConstraint("publication_id", "account_id", name="uq_placement_page"),
        CheckConstraint("placed_at IS NOT NULL OR url = ''", name="link_of_what_stands"),
        CheckConstraint("placed_at IS NULL OR left_out_at IS NULL", name="stands_or_is_left_out"),
        Index("ix_placement_stands", "placed_at", "account_id"),
    )

    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), index=True)
    text: Mapped[str | None] = mapped_column(Text)
    """The text of this page if it differs from the main one, else empty."""
    url: Mapped[str] = mapped_column(String(1000), default="")
    placed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """The person who placed it by hand."""
    error: Mapped[str] = mapped_column(Text, default="")  # why it could not be posted, in words
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When people were reminded to place it by hand; empty again with a new time."""
    left_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Taken off this page. The row is kept: if the page comes back, the earlier attempt is looked for."""
    posted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Time of the post by the network's clock, once it was seen there."""
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when its deletion from the page was noticed

    publication: Mapped[Publication] = relationship(back_populates="placements")
    account: Mapped[Account] = relationship()
    placed_by: Mapped[User | None] = relationship()


class PublicationVersion(Numbered):
    """A submitted or approved text. Its text never changes; only the decision is added."""

    __tablename__ = "publication_version"
    __table_args__ = (
        UniqueConstraint("publication_id", "number", name="uq_publication_version_number"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("(decision IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint("COALESCE(decision, '') <> 'returned' OR remarks <> ''", name="returned_has_remarks"),
    )

    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    page_texts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # account → its text, if different
    salt: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """Salt of the digest in the log; empty if the log has no digest."""
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
        return salted_digest(
            self.salt, json.dumps([self.title, self.text, self.page_texts], ensure_ascii=False, sort_keys=True)
        )


# --- Weekly headings and ideas made from them (Пр.1.2.4, 2.2)
class WeeklyHeading(Numbered):
    """A heading and its weekday. `version` rises with every change."""

    __tablename__ = "weekly_heading"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),
        CheckConstraint("minute BETWEEN 0 AND 1439", name="minute_of_the_day"),
        {"sqlite_autoincrement": True},  # an old page must not change another heading
    )

    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(80))
    weekday: Mapped[int]  # 0 is Monday
    minute: Mapped[int | None]  # minute of the local day; empty if the hour is not known
    pages: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Account ids; empty means the pages of the administration."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    made_by: Mapped[User] = relationship()


class HeadingIdea(Base):
    """An idea made from a heading. At most one for each week, also when it was moved."""

    __tablename__ = "heading_idea"

    heading_id: Mapped[int] = mapped_column(ForeignKey("weekly_heading.id", ondelete="CASCADE"), primary_key=True)
    monday: Mapped[date] = mapped_column(primary_key=True)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id", ondelete="SET NULL"))


# --- The office's own memorable dates (Пр.1.2.4)
class MemorableDay(Numbered):
    """A date added by the office. `version` rises with every change."""

    __tablename__ = "memorable_day"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("title <> ''", name="has_title"),
        {"sqlite_autoincrement": True},  # an old page must not change another date
    )

    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(200))
    day: Mapped[date]
    every_year: Mapped[bool] = mapped_column(default=True)  # false: only in the year of `day`
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    made_by: Mapped[User] = relationship()


class Campaign(Numbered):
    """A campaign of elections, first and last day included. `candidates`: one name a line, the surname first."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        {"sqlite_autoincrement": True},  # an old page must not change another campaign
    )

    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(200))
    first_day: Mapped[date]
    last_day: Mapped[date]
    silent_on: Mapped[date | None]
    candidates: Mapped[str] = mapped_column(Text, default="")
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    made_by: Mapped[User] = relationship()


# --- News of departments, tasks of the krai, photos (Пр.2.3)
class NewsState(StrEnum):
    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"


class DepartmentNews(Numbered):
    """News offered by a department. Its words are never changed."""

    __tablename__ = "department_news"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("what <> ''", name="says_something"),
        CheckConstraint("(state = 'offered') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("state <> 'declined' OR answer <> ''", name="declined_has_words"),
        Index("ix_department_news_state", "state", "id"),
    )

    version: Mapped[int] = mapped_column(default=1)
    what: Mapped[str] = mapped_column(Text)
    when: Mapped[str] = mapped_column("when_words", String(200), default="")
    place: Mapped[str] = mapped_column(String(300), default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[NewsState] = mapped_column(code(NewsState, "news_state_known"), default=NewsState.OFFERED)
    answer: Mapped[str] = mapped_column(Text, default="")  # why it was declined
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id", ondelete="SET NULL"), index=True)
    """The publication made from it."""

    author: Mapped[User] = relationship(foreign_keys=[author_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    publication: Mapped[Publication | None] = relationship()
    photos: Mapped[list[PlanPhoto]] = relationship(order_by="PlanPhoto.id")


class KraiTask(Numbered):
    """A task of the krai («Разместить до 12:00, прислать ссылки»); its publication collects the links."""

    __tablename__ = "krai_task"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(reported_at IS NULL) = (reported_by_id IS NULL)", name="reported_by_somebody"),
        Index("ix_krai_task_due", "reported_at", "due_at"),
    )

    version: Mapped[int] = mapped_column(default=1)
    given_by: Mapped[str] = mapped_column(String(200), default="")  # who gave the task, and how it came
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="RESTRICT"), index=True)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    report: Mapped[str] = mapped_column(Text, default="")  # the report as it was sent
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    publication: Mapped[Publication] = relationship()
    entered_by: Mapped[User] = relationship(foreign_keys=[entered_by_id])
    reported_by: Mapped[User | None] = relationship(foreign_keys=[reported_by_id])


class PlanPhoto(Numbered):
    """A photo ready for publishing: re-encoded, smaller, without place and camera data. It has exactly one owner."""

    __tablename__ = "plan_photo"
    __table_args__ = (
        CheckConstraint("(publication_id IS NULL) <> (news_id IS NULL)", name="of_one_owner"),
        CheckConstraint("size > 0", name="size_positive"),
    )

    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"), index=True)
    news_id: Mapped[int | None] = mapped_column(ForeignKey("department_news.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    alt: Mapped[str] = mapped_column(String(300), default="")  # description for people who cannot see the photo
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a person checked it for faces and number plates."""
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def again(self) -> PlanPhoto:
        """A copy for another owner, with its description."""
        return PlanPhoto(
            filename=self.filename, size=self.size, sha256=self.sha256, alt=self.alt, looked_at=self.looked_at,
            uploaded_by_id=self.uploaded_by_id, uploaded_at=self.uploaded_at,
        )  # fmt: skip


# --- Text being typed (Пр.1.2.4)
class PlanText(Numbered):
    """Unsaved text of one person for one publication; deleted when he saves the publication."""

    __tablename__ = "plan_text"
    __table_args__ = (UniqueConstraint("publication_id", "user_id", name="uq_plan_text_person"),)

    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, default="")  # JSON of all form fields: name → values
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


# --- The calendar address (Пр.1.2.4)
class PlanFeed(Base):
    """One row for each person. The address holds a random secret; only its hash is stored. `version` rises with every
    act."""

    __tablename__ = "plan_feed"
    __table_args__ = (CheckConstraint("version >= 1", name="version_positive"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    secret_hash: Mapped[str | None] = mapped_column(String(64))  # empty if switched off
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
