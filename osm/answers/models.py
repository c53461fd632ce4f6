"""Work on an answer: executors, typed text, versions, replies; promises, templates, criteria passed over."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import false as sql_false
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.log.models import salted_digest
from osm.messages.models import Message
from osm.people.models import Department, Topic, User
from osm.regulation.executors import PartState
from osm.regulation.words import InterimGround, InterimReason, Labelled, ReplyKind, Status

if TYPE_CHECKING:
    from osm.files.models import Attachment
    from osm.groups.models import Part


class Assignment(Numbered):
    """A person asked to prepare the answer (П.7). Rows of replaced executors are kept with `ended_at`."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("order_no >= 1", name="order_positive"),
        CheckConstraint("part_minutes IS NULL OR (part_minutes > 0 AND part_state IS NOT NULL)", name="part_minutes"),
        index_where("uq_assignment_active", "message_id", "executor_id", unique=True, where="ended_at IS NULL"),
        # Work done for somebody else is rare, but each page of a curator looks for it.
        index_where("ix_assignment_for", "for_id", where="for_id IS NOT NULL AND ended_at IS NULL"),
        # Covers the question who works on which message.
        Index("ix_assignment_executor_active", "executor_id", "ended_at", "message_id"),
        Index("ix_assignment_department_active", "department_id", "ended_at", "message_id"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    executor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    order_no: Mapped[int] = mapped_column(default=1)
    task: Mapped[str] = mapped_column(Text, default="")
    part_state: Mapped[PartState | None] = mapped_column(code(PartState, "part_state_known"))
    """State of his part (П.14); empty if he prepares the whole answer."""
    part_minutes: Mapped[int | None]  # working minutes given by the curator instead of the two hours of П.14
    version: Mapped[int] = mapped_column(default=1, server_default=sql("1"))
    """Version of this row, so two executors of one message can submit at the same time."""
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    for_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """The absent person the executor substitutes for (П.3); the work goes back to him on his return."""
    kept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was decided that the substitute finishes the work although the other is back."""

    message: Mapped[Message] = relationship(back_populates="assignments")
    executor: Mapped[User] = relationship(foreign_keys=[executor_id], lazy="joined")
    department: Mapped[Department | None] = relationship(lazy="joined")
    parts: Mapped[list[Part]] = relationship(back_populates="assignment", order_by="Part.number")


_WAITS = "published_at IS NOT NULL AND entered_in_source_at IS NULL AND for_source"
_WAITS_LITE = f"{_WAITS} = 1"


class Reply(Numbered):
    """A reply to a message. A message has at most one unpublished reply."""

    __tablename__ = "reply"
    __table_args__ = (
        CheckConstraint(
            "published_at IS NULL OR (published_url <> '' AND approved_draft_id IS NOT NULL)",
            name="published_is_approved",
        ),
        index_where("uq_reply_current", "message_id", unique=True, where="published_at IS NULL"),
        CheckConstraint("entered_in_source_at IS NULL OR published_at IS NOT NULL", name="entered_is_published"),
        CheckConstraint("entered_in_source_by_id IS NULL OR entered_in_source_at IS NOT NULL", name="entered_has_time"),
        Index("ix_reply_published", "published_at", "id"),
        Index(
            "ix_reply_not_in_source", "published_at", "id", sqlite_where=sql(_WAITS_LITE), postgresql_where=sql(_WAITS)
        ),
        # For counting by publisher; without it SQLite reads the replies of all years to get the order.
        Index(
            "ix_reply_message_not_in_source", "message_id", sqlite_where=sql(_WAITS_LITE), postgresql_where=sql(_WAITS)
        ),
        index_where(
            "ix_reply_entered_in_source", "entered_in_source_at", "id", where="entered_in_source_at IS NOT NULL"
        ),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ReplyKind] = mapped_column(code(ReplyKind, "reply_kind_known"), default=ReplyKind.FINAL)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_draft_id: Mapped[int | None] = mapped_column(
        ForeignKey("draft.id", ondelete="RESTRICT", use_alter=True, name="fk_reply_approved_draft")
    )
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_url: Mapped[str] = mapped_column(String(1000), default="")
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    published_for_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """The absent person for whom it was published (П.3)."""
    for_source: Mapped[bool] = mapped_column(default=False, server_default=sql_false())
    """«Инцидент Менеджмент» waits for this reply. Set when the message is entered, and by an export that contains a
    message entered by hand."""
    entered_in_source_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the reply was entered in «Инцидент Менеджмент» (`osm.imports.queries.editions`)."""
    entered_in_source_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty if a later export showed it."""

    message: Mapped[Message] = relationship(back_populates="replies")
    attachments: Mapped[list[Attachment]] = relationship(back_populates="reply", order_by="Attachment.id")
    drafts: Mapped[list[Draft]] = relationship(
        back_populates="reply", order_by="Draft.number", foreign_keys="Draft.reply_id"
    )
    approved_draft: Mapped[Draft | None] = relationship(foreign_keys=[approved_draft_id], post_update=True)
    published_by: Mapped[User | None] = relationship(foreign_keys=[published_by_id])
    explanation: Mapped[InterimExplanation | None] = relationship(back_populates="reply")

    @validates("message")
    def _of_source(self, _key: str, message: Message) -> Message:
        self.for_source = message.in_source
        return message


class DraftText(Numbered):
    __tablename__ = "draft_text"
    __table_args__ = (UniqueConstraint("reply_id", "user_id", name="uq_draft_text_person"),)

    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DraftState(Labelled):
    SUBMITTED = "submitted", "на согласовании"
    WITHDRAWN = "withdrawn", "отозвана"
    RETURNED = "returned", "возвращена на доработку"
    APPROVED = "approved", "согласована"
    CORRECTED = "corrected", "исправлена куратором"  # the curator made his own version from it
    REVOKED = "revoked", "согласование снято"


class Draft(Numbered):
    """A version of the text. Only its state ever changes."""

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("reply_id", "number", name="uq_draft_number"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("state <> 'returned' OR remarks <> ''", name="return_has_remarks"),
        # For reports: decisions of given days.
        index_where("ix_draft_decided", "decided_at", where="decided_at IS NOT NULL"),
    )

    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(32), default=lambda: secrets.token_hex(16), server_default="")
    """Salt of the digest in the log. When the text is purged, the salt goes too, so the digest cannot be matched to a
    guess."""
    state: Mapped[DraftState] = mapped_column(code(DraftState, "draft_state_known"), default=DraftState.SUBMITTED)
    came_from: Mapped[Status] = mapped_column(code(Status, "draft_origin_known"))
    """Status before submission; withdrawing returns to it."""
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Answers for truth and completeness (П.18)."""
    author_for_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """The absent person the author substitutes for (П.3)."""
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_by: Mapped[str] = mapped_column(String(200), default="")
    """«по телефону», «в чате» or «на бумаге» if the curator entered it for the executor."""
    is_correction: Mapped[bool] = mapped_column(default=False)
    remarks: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    decided_for_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """The absent person for whom it was decided."""

    reply: Mapped[Reply] = relationship(back_populates="drafts", foreign_keys=[reply_id])
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    submitted_by: Mapped[User] = relationship(foreign_keys=[submitted_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    exception: Mapped[CriteriaException | None] = relationship(back_populates="draft")

    @property
    def digest(self) -> str:
        """Digest of the text for the log. Call it after flush: the salt is set then."""
        return salted_digest(self.salt, self.text)


class InterimExplanation(Base):
    """Reason of an interim reply. `grounds`: codes of InterimGround, separated by commas."""

    __tablename__ = "interim_explanation"
    __table_args__ = (
        CheckConstraint("grounds <> ''", name="has_grounds"),
        CheckConstraint("reason <> 'other' OR text <> ''", name="other_is_explained"),
    )

    reply_id: Mapped[int] = mapped_column(
        ForeignKey("reply.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    grounds: Mapped[str] = mapped_column(String(60))
    reason: Mapped[InterimReason] = mapped_column(code(InterimReason, "interim_reason_known"))
    text: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    reply: Mapped[Reply] = relationship(back_populates="explanation")

    @property
    def ground_codes(self) -> tuple[InterimGround, ...]:
        return tuple(InterimGround(ground) for ground in self.grounds.split(","))


# --- Promises, templates, approvals despite an unmet criterion
# --- Promises
class PromiseState(Labelled):
    """`moved`: replaced by another row with a later day."""

    OPEN = "open", "ждём"
    REPORTED = "reported", "результат внесён, ждёт куратора"  # the executor has reported; the curator decides
    DONE = "done", "выполнено"
    MOVED = "moved", "перенесено"
    NOT_KEPT = "not_kept", "не выполнено"
    DROPPED = "dropped", "контроль снят"  # not controlled, with a reason


class Promise(Numbered):
    """A control date of an answer. `words`: the wording in the answer."""

    __tablename__ = "promise"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("state NOT IN ('moved', 'not_kept', 'dropped') OR reason <> ''", name="ended_has_reason"),
        CheckConstraint("(result <> '') = (reported_at IS NOT NULL)", name="result_has_time"),
        CheckConstraint("state NOT IN ('reported', 'done') OR result <> ''", name="reported_has_result"),
        Index("ix_promise_state_due", "state", "due_on", "id"),
    )

    version: Mapped[int] = mapped_column(default=1)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"), index=True)
    due_on: Mapped[date]
    words: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[PromiseState] = mapped_column(code(PromiseState, "promise_state_known"), default=PromiseState.OPEN)
    result: Mapped[str] = mapped_column(Text, default="")
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id", ondelete="SET NULL"), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    message: Mapped[Message] = relationship()
    reply: Mapped[Reply] = relationship()
    reported_by: Mapped[User | None] = relationship(foreign_keys=[reported_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    photos: Mapped[list[PromisePhoto]] = relationship(order_by="PromisePhoto.attachment_id")


class PromisePhoto(Base):
    """A photo of the result; the file belongs to the answer with the promise."""

    __tablename__ = "promise_photo"

    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id", ondelete="CASCADE"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True)

    attachment: Mapped[Attachment] = relationship()


# --- Templates and approvals despite an unmet criterion of П.16
class OverrideReason(Labelled):
    """Why a version is approved although a criterion is not met."""

    IS_THERE = "is_there", "проверка ошиблась: в ответе это есть"
    """The check is wrong: the answer says it in other words."""
    NOT_DUE = "not_due", "к этому сообщению не относится"  # not needed for this message
    NOT_KNOWN = "not_known", "пока неизвестно, и автору так и сказано"  # not known yet, and the answer says so
    HURRY = "hurry", "ответить нужно сейчас, остальное — следующим ответом"
    """The answer cannot wait; the rest will follow."""
    OTHER = "other", "другая причина (напишите)"


class CriteriaException(Numbered):
    """Approval of a version despite these criteria. `criteria`: keys, separated by commas."""

    __tablename__ = "criteria_exception"
    __table_args__ = (
        CheckConstraint("criteria <> ''", name="names_criteria"),
        CheckConstraint("reason <> 'other' OR text <> ''", name="other_is_explained"),
    )

    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), unique=True)
    criteria: Mapped[str] = mapped_column(String(200))
    reason: Mapped[OverrideReason] = mapped_column(code(OverrideReason, "in_spite_reason_known"))
    text: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    draft: Mapped[Draft] = relationship(back_populates="exception")
    decided_by: Mapped[User] = relationship()


class AnswerTemplate(Numbered):
    """A template for a topic and kind, with fields such as «{имя}»."""

    __tablename__ = "answer_template"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("text <> ''", name="has_text"),
        index_where("uq_answer_template_name", "name", unique=True, where="archived_at IS NULL"),
    )

    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[ReplyKind] = mapped_column(code(ReplyKind, "template_kind_known"))
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id", ondelete="SET NULL"), index=True)
    """Empty: for any topic."""
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    topic: Mapped[Topic | None] = relationship()
    created_by: Mapped[User] = relationship()


class TemplateUse(Numbered):
    __tablename__ = "template_use"
    __table_args__ = (UniqueConstraint("template_id", "reply_id", name="uq_template_use_reply"),)

    template_id: Mapped[int] = mapped_column(ForeignKey("answer_template.id", ondelete="CASCADE"))
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)
