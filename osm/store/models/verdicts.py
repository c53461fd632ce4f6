"""What the check of a text (П.17) says, and what a person answered to it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base
from osm.regulation.words import Ground
from osm.store.types import UtcDateTime, code


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
