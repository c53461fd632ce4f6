"""Tables of shortcomings (П.19), memos and their readers, and forms for the region."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.messages.models import Message
from osm.people.models import Department, User
from osm.regulation.control import (
    UNDECIDED,
    Cause,
    ShortcomingKind,
    ShortcomingState,
    Side,
    Waiver,
    breach_words,
)
from osm.regulation.executors import acting_words
from osm.regulation.words import ClockKind, Post


class Shortcoming(Numbered):
    """A possible or confirmed shortcoming. Person, side and department are those of the instant when it occurred."""

    __tablename__ = "shortcoming"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(kind = 'breach') = (deadline_id IS NOT NULL)", name="breach_has_deadline"),
        CheckConstraint("(kind = 'breach') = (clock IS NOT NULL)", name="breach_has_clock"),
        CheckConstraint("kind = 'breach' OR words <> ''", name="entered_has_words"),
        CheckConstraint("(state IN ('confirmed', 'waived')) = (decided_at IS NOT NULL)", name="decided_has_time"),
        CheckConstraint("(state = 'waived') = (waiver IS NOT NULL)", name="waived_has_reason"),
        CheckConstraint("state <> 'explained' OR cause IS NOT NULL", name="explained_has_cause"),
        CheckConstraint("state <> 'objected' OR objection <> ''", name="objected_has_words"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> person_id", name="nobody_decides_his_own"),
        Index("ix_shortcoming_state", "state", "side", "id"),
        Index("ix_shortcoming_person", "person_id", "state"),
        Index("ix_shortcoming_occurred", "occurred_at", "id"),
        # For the worker, which searches in every round for shortcomings that are in no memo.
        index_where("ix_shortcoming_untold", "occurred_at", where="memo_id IS NULL"),
    )

    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[ShortcomingKind] = mapped_column(code(ShortcomingKind, "shortcoming_kind_known"))
    state: Mapped[ShortcomingState] = mapped_column(
        code(ShortcomingState, "shortcoming_state_known"), default=ShortcomingState.ASKED
    )
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadline.id", ondelete="CASCADE"), unique=True)
    clock: Mapped[ClockKind | None] = mapped_column(code(ClockKind, "shortcoming_clock_known"))
    clause: Mapped[str] = mapped_column(String(20))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The instant of the missed term, or when what was found happened."""
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    words: Mapped[str] = mapped_column(Text, default="")  # what is wrong, in the words of the person who entered it

    side: Mapped[Side] = mapped_column(code(Side, "shortcoming_side_known"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty if no person was responsible for the step."""
    for_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """The absent colleague for whom the person acted (П.3)."""
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    root_id: Mapped[int | None] = mapped_column(ForeignKey("shortcoming.id", ondelete="SET NULL"), index=True)
    """Of which earlier one it is the consequence: the cause is asked for there."""
    import_run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id", ondelete="SET NULL"), index=True)
    """The load that brought the message when the term had passed already: all breaches of it have one question."""

    cause: Mapped[Cause | None] = mapped_column(code(Cause, "shortcoming_cause_known"))
    cause_words: Mapped[str] = mapped_column(Text, default="")
    objection: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person gave his cause or his objection last."""

    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    waiver: Mapped[Waiver | None] = mapped_column(code(Waiver, "shortcoming_waiver_known"))
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was waived, or why the objection was not accepted

    memo_id: Mapped[int | None] = mapped_column(ForeignKey("memo.id", ondelete="SET NULL"), index=True)
    """The memo that contains it."""

    message: Mapped[Message] = relationship()
    person: Mapped[User | None] = relationship(foreign_keys=[person_id])
    absent: Mapped[User | None] = relationship(foreign_keys=[for_id])
    entered_by: Mapped[User | None] = relationship(foreign_keys=[entered_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    department: Mapped[Department | None] = relationship()
    memo: Mapped[Memo | None] = relationship()

    @property
    def what(self) -> str:
        """«Нарушен срок: проект на согласование», or what was entered."""
        return breach_words(self.clock) if self.clock else self.kind.label

    @property
    def person_words(self) -> str:
        return acting_words(self.person.name if self.person else "", self.absent.name if self.absent else "")

    @property
    def state_words(self) -> str:
        waits = self.state is ShortcomingState.ASKED and self.root_id is not None
        return "следствие, причину не спрашиваем" if waits else self.state.label

    @property
    def cause_said(self) -> str:
        """«Много работы одновременно: три аварии за день»."""
        if self.cause is None:
            return ""
        words = [self.cause.label if self.cause is not Cause.OTHER else "", self.cause_words]
        return ": ".join(filter(None, words))

    @property
    def waiver_said(self) -> str:
        if self.waiver is None:
            return ""
        words = [self.waiver.label if self.waiver is not Waiver.OTHER else "", self.reason]
        return ": ".join(filter(None, words))

    @property
    def is_open(self) -> bool:
        return self.state in UNDECIDED

    @property
    def is_confirmed(self) -> bool:
        return self.state is ShortcomingState.CONFIRMED


class MemoState(StrEnum):
    """A draft is computed each time it is opened; a sent memo does not change."""

    DRAFT = "draft"
    SENT = "sent"


class Memo(Numbered):
    """A memo of the local dates from `first_day` to `last_day`, both included."""

    __tablename__ = "memo"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
        CheckConstraint("(state = 'sent') = (number IS NOT NULL)", name="sent_has_number"),
    )

    version: Mapped[int] = mapped_column(default=1)
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    """Of the register, «3-2026»; given when it is sent."""
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(unique=True)
    """Two memos never end on the same day: the worker prepares each period once."""
    state: Mapped[MemoState] = mapped_column(code(MemoState, "memo_state_known"), default=MemoState.DRAFT)
    proposals: Mapped[str] = mapped_column(Text, default="")
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty where the worker has prepared it."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Its contents as sent (`osm.shortcomings.queries.memos`)."""

    sent_by: Mapped[User | None] = relationship(foreign_keys=[sent_by_id])
    readers: Mapped[list[MemoReader]] = relationship(back_populates="memo", order_by="MemoReader.place")

    @property
    def is_sent(self) -> bool:
        return self.state is MemoState.SENT

    @property
    def days(self) -> str:
        return f"{self.first_day:%d.%m.%Y} – {self.last_day:%d.%m.%Y}"

    def reader(self, user_id: int) -> MemoReader | None:
        return next((one for one in self.readers if one.user_id == user_id), None)


class MemoReader(Base):
    __tablename__ = "memo_reader"

    memo_id: Mapped[int] = mapped_column(ForeignKey("memo.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True)
    place: Mapped[int]
    post: Mapped[Post] = mapped_column(code(Post, "memo_reader_post_known"))
    departments: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    """The departments that concern him; empty where all of it does."""
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    memo: Mapped[Memo] = relationship(back_populates="readers")
    user: Mapped[User] = relationship()


class DocumentTemplate(Base):
    """The office's DOCX, used instead of that of the program; `kind`: of which document."""

    __tablename__ = "document_template"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    put_at: Mapped[datetime] = mapped_column(UtcDateTime)
    put_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))


# --- Forms that the office sends to the region (ЦУР)
class FormKind(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"


class ReportForm(Numbered):
    """The template of one form; the file is under OSM_DATA_DIR/uploads, named by its SHA-256. Without a row, or with an
    empty `sha256`, that of the program is used. `version` rises with every change."""

    __tablename__ = "report_form"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(sha256 = '') = (filename = '')", name="file_has_name"),
    )

    kind: Mapped[FormKind] = mapped_column(code(FormKind, "form_kind_known"), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    filename: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    changed_by: Mapped[User] = relationship()


class SentForm(Numbered):
    """A form that a person has sent. It never changes; the next form lists later corrections. `asked`: the fields of
    its template. `said`: the numbers of its days, field → value; the name of a row of a list is list, name and field
    with tabs between. `corrected`: its corrections of earlier forms, each with the keys form, what, was, now."""

    __tablename__ = "sent_form"
    __table_args__ = (
        UniqueConstraint("kind", "first_day", "last_day", name="uq_sent_form_days"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("sent_at >= made_at", name="sent_after_made"),
    )

    kind: Mapped[FormKind] = mapped_column(code(FormKind, "form_kind_known"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)  # the instant of the figures
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    asked: Mapped[list[str]] = mapped_column(JSON)
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    corrected: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # the file

    sent_by: Mapped[User] = relationship()
