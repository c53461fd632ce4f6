"""Queues of due readings, search index, bursts, verdicts and answers to them, dictionary, near copies, links (П.15)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.regulation.words import Ground


# --- Due readings, emptied by the worker
class ReadingKind(StrEnum):
    SEARCH = "search"  # word forms for the search
    REPEATS = "repeats"  # earlier messages of the same author or on the same matter (П.15)
    VERDICT = "verdict"  # check for the grounds of П.17
    COPIES = "copies"  # near copies of the text
    BURSTS = "bursts"  # topic and places, for the counting of bursts (П.20)


class _Queued:
    """A due reading. `generation` changes with each lease and each request, so that a reading of the old text or under
    an expired lease does not settle it. `leased_until`: until then the process with the lease has it alone."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[CheckConstraint, ...]:
        return (
            CheckConstraint("generation >= 1", name="generation_positive"),
            CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        )

    generation: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)  # number of leases; the pause before the next try grows with it
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DueReading(_Queued, Base):
    __tablename__ = "due_readings"

    kind: Mapped[ReadingKind] = mapped_column(code(ReadingKind, "reading_kind_known"), primary_key=True)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class DueCommentReading(_Queued, Base):
    __tablename__ = "due_comment_readings"

    kind: Mapped[ReadingKind] = mapped_column(code(ReadingKind, "comment_reading_kind_known"), primary_key=True)
    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class MessageSearch(Base):
    """Dictionary forms of all searchable texts of a message, without repeats, separated by spaces. Their index is made
    by the migration (`osm.store.schema.is_of_models` leaves it out): on SQLite the FTS5 table `message_fts` with
    triggers, on PostgreSQL a generated column and a GIN index of that name."""

    __tablename__ = "message_search"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)


class BurstKind(StrEnum):
    TOPIC = "topic"
    PLACE = "place"


class Burst(Numbered):
    """A burst (П.20), reported when it became known and again when it has doubled. Its signs are topic, street and
    settlement of the same messages; `kind`, `key` and `name` are of the strongest one."""

    __tablename__ = "burst"
    __table_args__ = (
        UniqueConstraint("kind", "key", "since", name="uq_burst_since"),
        Index("ix_burst_known", "known_at", "id"),
        Index("ix_burst_until", "kind", "key", "until"),
    )

    kind: Mapped[BurstKind] = mapped_column(code(BurstKind, "burst_kind_known"))
    key: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(300))
    also: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """The place of a topic's burst or the topic of a place's, if more than half of the messages have it."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)  # publication of the first message
    until: Mapped[datetime] = mapped_column(UtcDateTime)  # publication of the last known message
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when it was reported to people
    window: Mapped[int]  # length of the reported window in minutes
    told: Mapped[int]  # messages and comments in that window
    usual_hundredths: Mapped[int]  # usual number in the same hours, in hundredths: «1,3» is 130
    known_count: Mapped[int]  # number when it was reported; it is reported again from twice as many on
    doubled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it stopped waiting for the curator: reported to the head, or no report needed."""


class BurstMark(Numbered):
    """A message or comment with one topic or place. Kept for the period of the usual number or as long as its burst."""

    __tablename__ = "burst_mark"
    __table_args__ = (
        CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name="of_one_kind"),
        Index("ix_burst_mark_series", "kind", "key", "at"),
        Index("ix_burst_mark_at", "at"),
        index_where("ix_burst_mark_new", "known_at", where="judged_at IS NULL"),
    )

    kind: Mapped[BurstKind] = mapped_column(code(BurstKind, "burst_mark_kind_known"))
    key: Mapped[str] = mapped_column(String(200))  # topic: its id or the source's words; place: its stem
    name: Mapped[str] = mapped_column(String(300))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)  # time of publication
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when it came here
    judged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was included in the counting; history is from the beginning."""
    burst_id: Mapped[int | None] = mapped_column(ForeignKey("burst.id", ondelete="SET NULL"), index=True)


TEXT_OF_MARK = func.coalesce(BurstMark.message_id, -BurstMark.comment_id)
"""The message or comment as one number; a text has one mark for its topic and one for each place."""


# --- Verdicts (П.17) and answers
class Decision(StrEnum):
    """The proposal of the check; a person decides."""

    PASS = "pass"  # noqa: S105  # no password
    REVIEW = "review"
    EXCLUDE = "exclude"


MAILING_RULE = "mailing"  # rule of a finding that does not come from the words: there are many near copies


class FindingReply(StrEnum):
    """A person's answer to the marks."""

    EXCLUDED = "excluded"  # right, and the message was excluded (П.17)
    ANSWERED = "answered"  # «Отмечено верно, но отвечаем» (reading 8 of the clauses)
    WRONG = "wrong"  # «Отметка ошибочна»


class MessageVerdict(Base):
    """The verdict on a message by the rules `rules`. `version` rises with each answer and each other verdict."""

    __tablename__ = "message_verdict"
    __table_args__ = (CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="reply_has_time"),)

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    rules: Mapped[str] = mapped_column(String(80))
    text_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the checked text; the spans of the findings are valid only for it."""
    decision: Mapped[Decision] = mapped_column(code(Decision, "decision_known"))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """As the library returns them, without the fragment, which is cut out of the text."""
    version: Mapped[int] = mapped_column(default=1)
    reply: Mapped[FindingReply | None] = mapped_column(code(FindingReply, "verdict_reply_known"))
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))


class _Answer:
    """A finding and a person's answer, for counting how often a rule was right."""

    id: Mapped[int] = mapped_column(primary_key=True)
    rules: Mapped[str] = mapped_column(String(80))
    rule: Mapped[str] = mapped_column(String(80), index=True)
    lemma: Mapped[str] = mapped_column(String(200), default="", server_default="")
    start: Mapped[int]
    end: Mapped[int]
    replied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replied_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))


class FindingAnswer(_Answer, Base):
    __tablename__ = "finding_answer"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    category: Mapped[Ground] = mapped_column(code(Ground, "finding_category_known"))
    reply: Mapped[FindingReply] = mapped_column(code(FindingReply, "finding_reply_known"))


class CommentFindingAnswer(_Answer, Base):
    """For a comment: deleted with this ground means right, kept means wrong."""

    __tablename__ = "comment_finding_answer"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    category: Mapped[Ground] = mapped_column(code(Ground, "comment_finding_category_known"))
    reply: Mapped[FindingReply] = mapped_column(code(FindingReply, "comment_finding_reply_known"))


# --- Dictionary, changed verdicts, switches, lessons
class DictionaryChange(Numbered):
    """A change of the dictionary, referenced by the entries it added and removed. Another change can undo it."""

    __tablename__ = "dictionary_change"

    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20))  # add, replace, remove, import, undo
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_change.id", ondelete="RESTRICT"), index=True)


class OwnEntry(Numbered):
    """A word, phrase, domain or exception as in `moderation.OwnWord`. Rows are never edited."""

    __tablename__ = "own_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('lemma', 'phrase', 'domain')", name="kind_known"),
        CheckConstraint("severity IN ('medium', 'high')", name="severity_known"),
        index_where("uq_own_entry_in_force", "kind", "text", "category", unique=True, where="removed_id IS NULL"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(200))  # lower case, single spaces
    category: Mapped[Ground] = mapped_column(code(Ground, "own_category_known"))
    severity: Mapped[str] = mapped_column(String(10))
    exception: Mapped[bool]
    added_id: Mapped[int] = mapped_column(ForeignKey("dictionary_change.id", ondelete="RESTRICT"), index=True)
    removed_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_change.id", ondelete="RESTRICT"), index=True)
    """None while in force."""


class VerdictChange(Numbered):
    """The same text has another verdict under other rules: only listed for people."""

    __tablename__ = "verdict_change"
    __table_args__ = (CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name="of_one_text"),)

    at: Mapped[datetime] = mapped_column(UtcDateTime)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    rules_after: Mapped[str] = mapped_column(String(80))
    before: Mapped[Decision] = mapped_column(code(Decision, "change_before_known"))
    after: Mapped[Decision] = mapped_column(code(Decision, "change_after_known"))
    findings_before: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    findings_after: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # as in MessageVerdict


class RuleSwitch(Base):
    """A rule that this office has switched off; deleted when it is switched on."""

    __tablename__ = "rule_switch"

    rule: Mapped[str] = mapped_column(String(80), primary_key=True)
    off_at: Mapped[datetime] = mapped_column(UtcDateTime)
    off_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))


class OfficeLesson(Numbered):
    """A lesson of one night; the newest that was not withdrawn is in force."""

    __tablename__ = "office_lesson"

    at: Mapped[datetime] = mapped_column(UtcDateTime)
    learned: Mapped[dict[str, Any]] = mapped_column(JSON)  # as `moderation.office.Learned.as_dict` returns it
    decisions: Mapped[int]  # all decisions used; `judged_on`: the newest of them, used for the comparison
    judged_on: Mapped[int]
    wrong_before: Mapped[int]
    wrong_after: Mapped[int]  # wrong marks among the newest
    missed_before: Mapped[int]
    missed_after: Mapped[int]
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))


# --- Near copies, and traits and links of messages on the same matter (П.15)
# --- Near copies
class CopyGroup(Numbered):
    """Texts that are near copies of each other. `size` counts all, also decided ones."""

    __tablename__ = "copy_group"

    size: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when the earliest was written
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when the worker last added to it


class CopyText(Numbered):
    """A text that was read. With `letters` it is in the index; others are only members of a group. `group_id` is empty
    for a text without copies."""

    __tablename__ = "copy_text"
    __table_args__ = (
        CheckConstraint("(message_id IS NULL) <> (comment_id IS NULL)", name="of_one_kind"),
        Index("ix_copy_text_group", "group_id", "written_at"),
        index_where("ix_copy_text_indexed", "read_at", where="letters IS NOT NULL"),
    )

    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the text, so that it is not read twice
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
    letters: Mapped[str | None] = mapped_column(Text)
    """Text as folded by `osm.likeness.words`; deleted when no more copies are expected."""
    group_id: Mapped[int | None] = mapped_column(ForeignKey("copy_group.id", ondelete="SET NULL"))


class CopyKey(Base):
    """The index: texts with a common key may be copies."""

    __tablename__ = "copy_key"
    __table_args__ = (Index("ix_copy_key_text", "text_id"), {"sqlite_with_rowid": False})

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    text_id: Mapped[int] = mapped_column(
        ForeignKey("copy_text.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


# --- Places, traits and links (П.15)
class PlaceKind(StrEnum):
    STREET = "street"
    SETTLEMENT = "settlement"


class KnownPlace(Base):
    """A street or settlement learned from an address field, so that it is recognised in texts."""

    __tablename__ = "known_place"

    kind: Mapped[PlaceKind] = mapped_column(code(PlaceKind, "place_kind_known"), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)


class MessageTraits(Base):
    """`osm.likeness.score.Traits` of a message, by the rules `rules`."""

    __tablename__ = "message_traits"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    rules: Mapped[int]
    traits: Mapped[dict[str, Any]] = mapped_column(JSON)


class TraitKey(Base):
    """The index of traits: messages with a common key may be on the same matter. `day`: of receipt, since 1970."""

    __tablename__ = "trait_key"
    __table_args__ = (Index("ix_trait_key_message", "message_id"),)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class LinkKind(StrEnum):
    REPEAT = "repeat"  # same author, same matter: П.15
    SAME_MATTER = "same_matter"  # different authors, same matter


class LinkState(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class MessageLink(Numbered):
    """Two messages: proposed by the worker, confirmed or rejected by a person; each answer raises `version`."""

    __tablename__ = "message_link"
    __table_args__ = (
        UniqueConstraint("later_id", "earlier_id", name="uq_message_link_pair"),
        CheckConstraint("later_id <> earlier_id", name="link_of_two"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_has_time"),
    )

    later_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    earlier_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    kind: Mapped[LinkKind] = mapped_column(code(LinkKind, "link_kind_known"))
    state: Mapped[LinkState] = mapped_column(code(LinkState, "link_state_known"), default=LinkState.PROPOSED)
    score: Mapped[int] = mapped_column(default=0)  # similarity in thousandths
    version: Mapped[int] = mapped_column(default=1)
    marks: Mapped[bool] = mapped_column(default=False)
    """The later message is marked as a repeat because of this pair, not by the export."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
