"""What is still to be read of messages and comments after their entry or change: queues that the worker empties."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from osm.extensions import Base
from osm.regulation.words import Ground
from osm.store.types import UtcDateTime, code


# --- What is still to be read of messages and comments after their entry or change
class ReadingKind(StrEnum):
    """What a reading is for."""

    SEARCH = "search"
    """The word forms that find the message."""
    REPEATS = "repeats"
    """Earlier messages of the same author or about the same matter (П.15)."""
    VERDICT = "verdict"
    """Whether the text is one of those of П.17."""
    COPIES = "copies"
    """Near copies of the text, by whomever and wherever."""
    BURSTS = "bursts"
    """Of which topic and places it is, to be counted (П.20)."""


class _Owed:
    """One reading to do. `generation` changes with each taking and each new request: a reading of
    the old text, or under a lease that has run out, does not settle it.

    `leased_until`: until then the process that took it up has it for itself.
    """

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[CheckConstraint, ...]:
        return (
            CheckConstraint("generation >= 1", name="generation_positive"),
            CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        )

    generation: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was taken since; the pause before the next try grows with it."""
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DueReading(_Owed, Base):
    """A reading of a message."""

    __tablename__ = "due_readings"

    kind: Mapped[ReadingKind] = mapped_column(code(ReadingKind, "reading_kind_known"), primary_key=True)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class DueCommentReading(_Owed, Base):
    """A reading of a comment."""

    __tablename__ = "due_comment_readings"

    kind: Mapped[ReadingKind] = mapped_column(code(ReadingKind, "comment_reading_kind_known"), primary_key=True)
    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class MessageSearch(Base):
    """Dictionary forms of everything that a message is found by, each once, with one space between two.

    The database keeps an index of them, made by the migration (`osm.store.schema.is_of_models` leaves it out): on
    SQLite the FTS5 table `message_fts`, kept up to date by triggers; on PostgreSQL a generated column and a GIN index
    of that name.
    """

    __tablename__ = "message_search"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)


class BurstKind(StrEnum):
    """What many write of."""

    TOPIC = "topic"
    PLACE = "place"


class Burst(Base):
    """Heightened activity (П.20): told when it became known, once more when it has doubled.

    Topic, street and settlement of the same messages are its signs; `kind`, `key` and `name` are of the strongest one.
    """

    __tablename__ = "burst"
    __table_args__ = (
        UniqueConstraint("kind", "key", "since", name="uq_burst_since"),
        Index("ix_burst_known", "known_at", "id"),
        Index("ix_burst_until", "kind", "key", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[BurstKind] = mapped_column(code(BurstKind, "burst_kind_known"))
    key: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(300))
    also: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """The place of a topic's burst, the topic of a place's, where more than half of its messages are about it."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the first of it was published."""
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the last of it, as far as known, was published."""
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When people were told."""
    window: Mapped[int]
    """The length of the window that was told of, in minutes."""
    told: Mapped[int]
    """How many messages and comments in that window."""
    usual_hundredths: Mapped[int]
    """How many there usually are in the same hours, in hundredths: «1,3» is 130."""
    known_count: Mapped[int]
    """How many there were when people were told: from twice as many on they are told once more."""
    doubled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it waits for the curator no more: reported to the head, or no report is needed."""


class BurstMark(Base):
    """One message or comment is about one topic or place. Kept for the weeks of the usual, and while its burst is."""

    __tablename__ = "burst_mark"
    __table_args__ = (
        CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name="of_one_kind"),
        Index("ix_burst_mark_series", "kind", "key", "at"),
        Index("ix_burst_mark_at", "at"),
        Index(
            "ix_burst_mark_new",
            "known_at",
            sqlite_where=sql("judged_at IS NULL"),
            postgresql_where=sql("judged_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[BurstKind] = mapped_column(code(BurstKind, "burst_mark_kind_known"))
    key: Mapped[str] = mapped_column(String(200))
    """Of a topic its id, or the words of the source; of a place its stem."""
    name: Mapped[str] = mapped_column(String(300))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Of publication."""
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it came here."""
    judged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it is counted with the others; history is from the beginning."""
    burst_id: Mapped[int | None] = mapped_column(ForeignKey("burst.id", ondelete="SET NULL"), index=True)


TEXT_OF_MARK = func.coalesce(BurstMark.message_id, -BurstMark.comment_id)
"""The message or comment of a mark as one number: a text has a mark of its topic and of each of its places."""


# --- What the check of a text (П.17) says, and what a person answered to it
class Decision(StrEnum):
    """The proposal of the check; nothing happens by itself."""

    PASS = "pass"  # noqa: S105  # no password
    REVIEW = "review"
    EXCLUDE = "exclude"


MAILING_RULE = "mailing"
"""The rule of a finding that the words of the text did not give: many near copies were sent."""


class FindingReply(StrEnum):
    """What a person said of what was marked."""

    EXCLUDED = "excluded"
    """Right, and the message was excluded (П.17)."""
    ANSWERED = "answered"
    """«Отмечено верно, но отвечаем» (reading 8 of the clauses)."""
    WRONG = "wrong"
    """«Отметка ошибочна»."""


class MessageVerdict(Base):
    """The check of one text by the rules of `rules`. `version` rises with each answer and each other verdict."""

    __tablename__ = "message_verdict"
    __table_args__ = (CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="reply_has_time"),)

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    rules: Mapped[str] = mapped_column(String(80))
    text_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the text that was checked: the spans of the findings belong to it alone."""
    decision: Mapped[Decision] = mapped_column(code(Decision, "decision_known"))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """As the library gives them, without the fragment: that is cut out of the text."""
    version: Mapped[int] = mapped_column(default=1)
    reply: Mapped[FindingReply | None] = mapped_column(code(FindingReply, "verdict_reply_known"))
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))


class _Answer:
    """One finding and what a person said of it: by these it is counted how often a rule was right."""

    id: Mapped[int] = mapped_column(primary_key=True)
    rules: Mapped[str] = mapped_column(String(80))
    rule: Mapped[str] = mapped_column(String(80), index=True)
    lemma: Mapped[str] = mapped_column(String(200), default="", server_default="")
    start: Mapped[int]
    end: Mapped[int]
    replied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replied_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))


class FindingAnswer(_Answer, Base):
    """Of a message."""

    __tablename__ = "finding_answer"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    category: Mapped[Ground] = mapped_column(code(Ground, "finding_category_known"))
    reply: Mapped[FindingReply] = mapped_column(code(FindingReply, "finding_reply_known"))


class CommentFindingAnswer(_Answer, Base):
    """Of a comment: deleted on this ground means right, kept in spite of it marked for nothing."""

    __tablename__ = "comment_finding_answer"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    category: Mapped[Ground] = mapped_column(code(Ground, "comment_finding_category_known"))
    reply: Mapped[FindingReply] = mapped_column(code(FindingReply, "comment_finding_reply_known"))


# --- The office's own words for the check of texts, every change of them, and which verdicts changed with the rules
class DictionaryChange(Base):
    """One act upon the dictionary: what it added and what it removed name it. It can be undone by another."""

    __tablename__ = "dictionary_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20))
    """add, replace, remove, import, undo."""
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_change.id", ondelete="RESTRICT"), index=True)


class OwnEntry(Base):
    """One own word, phrase, domain or exception as `moderation.OwnWord` takes it. Rows are never edited."""

    __tablename__ = "own_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('lemma', 'phrase', 'domain')", name="kind_known"),
        CheckConstraint("severity IN ('medium', 'high')", name="severity_known"),
        Index(
            "uq_own_entry_in_force",
            "kind",
            "text",
            "category",
            unique=True,
            sqlite_where=sql("removed_id IS NULL"),
            postgresql_where=sql("removed_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(200))
    """In small letters, blanks single."""
    category: Mapped[Ground] = mapped_column(code(Ground, "own_category_known"))
    severity: Mapped[str] = mapped_column(String(10))
    exception: Mapped[bool]
    added_id: Mapped[int] = mapped_column(ForeignKey("dictionary_change.id", ondelete="RESTRICT"), index=True)
    removed_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_change.id", ondelete="RESTRICT"), index=True)
    """None while it is in force."""


class VerdictChange(Base):
    """The same text under other rules has another verdict: listed for people, never acted on."""

    __tablename__ = "verdict_change"
    __table_args__ = (CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name="of_one_text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    rules_after: Mapped[str] = mapped_column(String(80))
    before: Mapped[Decision] = mapped_column(code(Decision, "change_before_known"))
    after: Mapped[Decision] = mapped_column(code(Decision, "change_after_known"))
    findings_before: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    findings_after: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """As in MessageVerdict."""


class RuleSwitch(Base):
    """A rule of the library that this office has switched off; its row goes when it is switched on again."""

    __tablename__ = "rule_switch"

    rule: Mapped[str] = mapped_column(String(80), primary_key=True)
    off_at: Mapped[datetime] = mapped_column(UtcDateTime)
    off_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))


class OfficeLesson(Base):
    """What was learned in one night from the office's decisions; the newest that was not taken back is in force."""

    __tablename__ = "office_lesson"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    learned: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As `moderation.office.Learned.as_dict` gives it."""
    decisions: Mapped[int]
    """All that were looked at; `judged_on`, the newest of them, have judged."""
    judged_on: Mapped[int]
    wrong_before: Mapped[int]
    wrong_after: Mapped[int]
    """Marked for nothing among the newest."""
    missed_before: Mapped[int]
    missed_after: Mapped[int]
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
