"""The office's own words for the check of texts, every change of them, and which verdicts changed with the rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base
from osm.regulation.words import Ground
from osm.store.models.verdicts import Decision
from osm.store.types import UtcDateTime, code


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
