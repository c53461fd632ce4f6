"""Memos and questions written by the press centre (Пр.1.2.2), their editions and topics."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code
from osm.people.models import Topic, User


class HelpKind(StrEnum):
    MEMO = "memo"
    QUESTION = "question"


class HelpPage(Numbered):
    """The present page. `version` rises with each edit; `text` is Markdown."""

    __tablename__ = "help_page"
    __table_args__ = (CheckConstraint("version >= 1", name="version_positive"),)

    kind: Mapped[HelpKind] = mapped_column(code(HelpKind, "help_kind_known"))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when the present text was written
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # since when only the press centre sees it
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    written_by: Mapped[User | None] = relationship(lazy="joined")
    topics: Mapped[list[Topic]] = relationship(secondary="help_topic", lazy="selectin", order_by=Topic.name)


class HelpEdition(Numbered):
    """The text of a page from `at` on; `number` counts the texts."""

    __tablename__ = "help_edition"
    __table_args__ = (UniqueConstraint("page_id", "number", name="uq_help_edition_number"),)

    page_id: Mapped[int] = mapped_column(ForeignKey("help_page.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    by: Mapped[User | None] = relationship(lazy="joined")


class HelpTopic(Base):
    """The page is shown next to the editor of answers on this topic."""

    __tablename__ = "help_topic"

    page_id: Mapped[int] = mapped_column(ForeignKey("help_page.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, index=True)
