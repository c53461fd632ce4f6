"""What departments offer for publication, tasks of the krai, and the photos of both and of publications (Пр.2.3)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.plan.publications import Publication
from osm.store.models.staff import User
from osm.store.types import UtcDateTime, code


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
