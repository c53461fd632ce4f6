"""Tables of messages, their authors, and closings without an answer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship, validates

from osm.base.database import Base, Numbered
from osm.base.types import AboutPerson, OfPerson, UtcDateTime, code, index_where
from osm.networks.addresses import AuthorKey, name_key
from osm.people.models import Department, Topic, User
from osm.regulation.words import Ground, Importance, Status

if TYPE_CHECKING:
    from osm.answers.models import Assignment, Reply
    from osm.files.models import Attachment
    from osm.flow.models import Deadline


FORMER_NUMBER = "Прежний номер"
"""In `source_raw` of a message that was entered by hand before an export brought it: the number that it had here."""


RECALLED_MARK = " (отозвано "  # part of the number of a message whose load was recalled, after the number that it had


class Origin(StrEnum):
    """Where a message came from; decides which clock of П.7 applies."""

    INCIDENT = "incident"
    MANUAL = "manual"


class Author(Numbered):
    """A profile in one network; without `profile_url` only a name, which may be empty."""

    __tablename__ = "author"
    __table_args__ = (
        UniqueConstraint("network", "profile_url", name="uq_author_profile"),
        Index("uq_author_number", "network", "number", unique=True),
        Index("ix_author_name", "network", "name_key"),
    )

    network: Mapped[str] = mapped_column(String(32))
    profile_url: Mapped[str | None] = mapped_column(OfPerson(500))
    number: Mapped[str | None] = mapped_column(OfPerson(100))
    """The network has given it to him, and told us: an address with a name may change."""
    name: Mapped[str] = mapped_column(OfPerson(300), default="")
    name_key: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """The name as it is compared; it follows the name."""

    @validates("name")
    def _compare_by(self, _key: str, name: str) -> str:
        self.name_key = name_key(name)
        return name


def author_key(author: Author | None) -> AuthorKey | None:
    return AuthorKey(author.id, author.network, author.name_key, bool(author.profile_url)) if author else None


AUTHOR_KEY = (Author.id, Author.network, Author.name_key, Author.profile_url.is_not(None))
"""The same of many messages, past the ORM: what `author_key_of_row` is given."""


def author_key_of_row(author_id: int | None, network: str, key: str, has_address: bool) -> AuthorKey | None:
    """The same for the columns `AUTHOR_KEY` of a row of an outer join."""
    return None if author_id is None else AuthorKey(author_id, network, key, has_address)


class Message(Numbered):
    """A citizen's message. `version` rises with every act, and when an export changes what people have read."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("status = 'new' OR selected_at IS NOT NULL OR closed_at IS NOT NULL", name="selected_has_time"),
        CheckConstraint("version >= 1", name="version_positive"),
        index_where("ix_message_comment_name", "network", "comment_name", where="comment_name <> ''"),
        Index("ix_message_status_received", "status", "received_at", "id"),
        # For the sort of the register: all, by topic, by network.
        Index("ix_message_received", "received_at", "id"),
        Index("ix_message_topic_received", "topic_id", "received_at"),
        Index("ix_message_network_received", "network", "received_at"),
    )

    number: Mapped[str] = mapped_column(String(60), unique=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    """By what a second import knows the message again: number, canonical address, or a hash (design §6)."""
    origin: Mapped[Origin] = mapped_column(code(Origin, "origin_known"))
    status: Mapped[Status] = mapped_column(code(Status, "status_known"), default=Status.NEW)
    importance: Mapped[Importance] = mapped_column(code(Importance, "importance_known"), default=Importance.NORMAL)
    version: Mapped[int] = mapped_column(default=1)

    network: Mapped[str] = mapped_column(String(32))
    url: Mapped[str] = mapped_column(OfPerson(1000), default="")
    comment_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """What the comment that `url` leads to is called in its network (`Comment.external_id`); empty: it names none."""
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(500), default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id", ondelete="SET NULL"), index=True)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id", ondelete="SET NULL"))
    is_repeat: Mapped[bool] = mapped_column(default=False)

    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Receipt in «Инцидент Менеджмент», or the entry by hand: the anchor of П.7."""
    detected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the high importance was found out: the anchor of П.9."""
    selected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the anchor of П.8
    restarted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The author wrote again: the clocks of П.8 and П.9 start again here (reading 5 of the clauses)."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recalled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The load that brought it was taken back: an empty row, kept because the log names it. No list shows it."""
    purged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Its words and its author were destroyed at the end of their term; numbers and times stay."""
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    by_comment: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A comment was taken into work; if the last such decision is undone, the message is closed."""

    source_id: Mapped[int | None] = mapped_column(ForeignKey("import_source.id", ondelete="SET NULL"))
    source_fingerprint: Mapped[str] = mapped_column(String(64), default="")
    source_status: Mapped[str] = mapped_column(String(100), default="")
    source_topic: Mapped[str] = mapped_column(String(300), default="")
    source_deadline: Mapped[datetime | None] = mapped_column(UtcDateTime)
    source_raw: Mapped[dict[str, Any]] = mapped_column(AboutPerson(), default=dict)
    """Everything of the source's row that has no column here, as it came."""

    author: Mapped[Author | None] = relationship(lazy="joined")
    topic: Mapped[Topic | None] = relationship()
    entered_by: Mapped[User | None] = relationship()
    closures: Mapped[list[Closure]] = relationship(back_populates="message", order_by="Closure.id")
    deadlines: Mapped[list[Deadline]] = relationship(back_populates="message", order_by="Deadline.id")
    assignments: Mapped[list[Assignment]] = relationship(back_populates="message", order_by="Assignment.id")
    replies: Mapped[list[Reply]] = relationship(back_populates="message", order_by="Reply.id")
    attachments: Mapped[list[Attachment]] = relationship(back_populates="message", order_by="Attachment.id")
    followups: Mapped[list[Followup]] = relationship(back_populates="message", order_by="Followup.id")

    @property
    def in_source(self) -> bool:
        """Whether it is in «Инцидент Менеджмент»: it came from there, or an export contained it later."""
        return self.origin is Origin.INCIDENT or bool(self.source_fingerprint)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        # Only acts raise the version, never a flush, so work of the machine does not change it.
        return {"version_id_col": cls.version, "version_id_generator": False}


class Closure(Numbered):
    """A closing of a message without an answer; `restored_at`: when it was opened again."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("(status = 'excluded') = (ground IS NOT NULL)", name="excluded_has_ground"),
        index_where("uq_closure_open", "message_id", unique=True, where="restored_at IS NULL"),
        # For the report on closings by day.
        Index("ix_closure_closed", "closed_at"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    status: Mapped[Status] = mapped_column(code(Status, "closure_status_known"))
    ground: Mapped[Ground | None] = mapped_column(code(Ground, "closure_ground_known"))
    reason: Mapped[str] = mapped_column(Text, default="")
    recipient: Mapped[str] = mapped_column(String(300), default="")
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    restored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    restored_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    restore_reason: Mapped[str] = mapped_column(Text, default="")

    message: Mapped[Message] = relationship(back_populates="closures")
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
    evidence: Mapped[Evidence | None] = relationship(back_populates="closure", uselist=False)


class Evidence(Numbered):
    """The text of a message when it was excluded (П.17); the hash proves that it was not altered."""

    __tablename__ = "evidence"

    closure_id: Mapped[int] = mapped_column(ForeignKey("closure.id", ondelete="CASCADE"), unique=True)
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(OfPerson(1000), default="")
    author_name: Mapped[str] = mapped_column(OfPerson(300), default="")
    author_url: Mapped[str] = mapped_column(OfPerson(500), default="")
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sha256: Mapped[str] = mapped_column(String(64))  # of `osm.check.acts.due`: text, url, author, both times

    closure: Mapped[Closure] = relationship(back_populates="evidence")
    screenshots: Mapped[list[Attachment]] = relationship(back_populates="evidence", order_by="Attachment.id")


class Followup(Numbered):
    """What the author wrote later: an answer to a clarification, or a comment on a final answer."""

    __tablename__ = "followup"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(OfPerson(1000), default="")
    written_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the author wrote it: the clocks start again here (reading 5). Empty: the time of entry."""
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    message: Mapped[Message] = relationship(back_populates="followups")
    entered_by: Mapped[User | None] = relationship()


class NumberSeries(Base):
    """The last number given to a message without a number."""

    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


# --- Facts of an excluded message, for a department that helps without an answer
class FactsState(StrEnum):
    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


_OPEN = "state = 'open'"


class ToldFacts(Numbered):
    """Facts for one department. No clock of П.8 or П.9 runs, and the message stays excluded."""

    __tablename__ = "told_facts"
    __table_args__ = (
        CheckConstraint("facts <> '' AND asked <> ''", name="says_something"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_time"),
        CheckConstraint("state = 'open' OR (outcome <> '' AND closed_by_id IS NOT NULL)", name="closed_says_how"),
        index_where("ix_told_facts_open", "department_id", "message_id", unique=True, where=_OPEN),
        Index("ix_told_facts_message", "message_id", "id"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    facts: Mapped[str] = mapped_column(Text)  # what has happened and where, in the words of the press centre
    asked: Mapped[str] = mapped_column(Text)  # what the department is asked to do
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    state: Mapped[FactsState] = mapped_column(code(FactsState, "facts_state_known"), default=FactsState.OPEN)
    outcome: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What was done, or why it was withdrawn."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    message: Mapped[Message] = relationship()
    department: Mapped[Department] = relationship()
    told_by: Mapped[User] = relationship(foreign_keys=[told_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
