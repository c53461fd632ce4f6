"""Urgent reports to the head (П.20), instructions, facts for departments, the duty roster and shifts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.check.models import Burst
from osm.messages.models import Message
from osm.people.models import User
from osm.regulation.words import Labelled


# --- Urgent reports (П.20) and instructions
class Reached(StrEnum):
    """How the head learned of it."""

    READ = "read"
    PHONE = "phone"  # by a call of the duty officer


class ReachedAs(StrEnum):
    """As what the leader was «глава» then."""

    HEAD = "head"
    ACTING = "acting"


class InstructionKind(StrEnum):
    """A measure (П.19) has a date and is reported like a task."""

    TASK = "task"
    MEASURE = "measure"


class InstructionState(Labelled):
    """After a returned report it is open again; see `remarks`."""

    OPEN = "open", "на контроле"
    REPORTED = "reported", "доложено, ждёт решения"  # reported as done; the person who gave it decides
    ACCEPTED = "accepted", "выполнено"
    DROPPED = "dropped", "снято"  # withdrawn with a reason


_UNREAD = "reached IS NULL"


class UrgentReport(Numbered):
    """A report as it was sent; its text never changes. `message_id` and `burst_id` are empty if it is not about one."""

    __tablename__ = "urgent_report"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("what <> ''", name="says_something"),
        CheckConstraint("how_many >= 1", name="at_least_one"),
        CheckConstraint(f"({_UNREAD}) = (reached_at IS NULL)", name="reached_has_time"),
        CheckConstraint(f"({_UNREAD}) = (reached_id IS NULL)", name="reached_somebody"),
        CheckConstraint("(COALESCE(reached, '') = 'phone') = (noted_by_id IS NOT NULL)", name="call_is_noted"),
        CheckConstraint("reached_as IS NULL OR reached IS NOT NULL", name="reached_as_is_reached"),
        CheckConstraint("(COALESCE(reached_as, '') = 'acting') = (reached_act <> '')", name="acting_has_act"),
        # One unread report for each message.
        index_where("uq_urgent_report_unread", "message_id", unique=True, where=_UNREAD),
        # One for each burst; if it grows after the head knows, it may be reported again.
        index_where("uq_urgent_report_unread_burst", "burst_id", unique=True, where=_UNREAD),
        CheckConstraint("message_id IS NULL OR burst_id IS NULL", name="about_one_thing"),
        index_where("ix_urgent_report_call", "call_due_at", where=_UNREAD),
    )

    version: Mapped[int] = mapped_column(default=1)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="RESTRICT"), index=True)
    burst_id: Mapped[int | None] = mapped_column(ForeignKey("burst.id", ondelete="RESTRICT"), index=True)
    what: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(300), default="")
    since_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it began, if known
    how_many: Mapped[int] = mapped_column(default=1)  # number of messages about it
    links: Mapped[str] = mapped_column(Text, default="")  # links, one a line
    workers: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the message was received, or the first of the burst was published."""
    known_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it became known here; the time to report is measured from then. Empty if it is about neither."""
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    call_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """If unread by then, it is reported by telephone; counted by the clock, also at night."""
    call_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the worker notified the duty officer
    reached: Mapped[Reached | None] = mapped_column(code(Reached, "reached_known"))
    reached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reached_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    reached_as: Mapped[ReachedAs | None] = mapped_column(code(ReachedAs, "reached_as_known"))
    """Empty if no account had the post of the head."""
    reached_act: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """The order by which he was acting head."""
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))  # the caller
    words: Mapped[str] = mapped_column(Text, default="")  # what the head said by telephone

    message: Mapped[Message | None] = relationship()
    burst: Mapped[Burst | None] = relationship()
    sent_by: Mapped[User] = relationship(foreign_keys=[sent_by_id])
    reached_by: Mapped[User | None] = relationship(foreign_keys=[reached_id])
    noted_by: Mapped[User | None] = relationship(foreign_keys=[noted_by_id])
    instructions: Mapped[list[Instruction]] = relationship(back_populates="urgent_report", order_by="Instruction.id")


class UrgentReading(Base):
    """A leader has read a report, each for himself; the head knows only if «глава» read it."""

    __tablename__ = "urgent_reading"

    urgent_report_id: Mapped[int] = mapped_column(ForeignKey("urgent_report.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DangerReply(StrEnum):
    """Decision about signs of danger to life."""

    REPORTED = "reported"  # confirmed and reported to the head (П.20)
    NONE = "none"


class Danger(Base):
    """Signs of danger to life in the words of a message (П.9, П.20), waiting for a decision. `tell_at`: when the next
    person is notified, empty if notifying has ended; `told_ids`: notified people, 0 for the press centre. Seeing it
    ends the notifying, a decision ends all."""

    __tablename__ = "danger"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(seen_at IS NULL) = (seen_by_id IS NULL)", name="seen_by_somebody"),
        CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="reply_has_time"),
        CheckConstraint("tell_at IS NULL OR (reply IS NULL AND seen_at IS NULL)", name="told_while_unseen"),
        Index("ix_danger_tell", "tell_at"),
    )

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version: Mapped[int] = mapped_column(default=1)
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Signs with the words that were found: {"sign": "wire", "words": ["провод", "упал", "дети"]}."""
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tell_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    reply: Mapped[DangerReply | None] = mapped_column(code(DangerReply, "danger_reply_known"))
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    message: Mapped[Message] = relationship()
    seen_by: Mapped[User | None] = relationship(foreign_keys=[seen_by_id])


class Instruction(Numbered):
    """An instruction of a leader to a person, with a term. `urgent_report_id`, `memo_id`: its source."""

    __tablename__ = "instruction"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("(report <> '') = (reported_at IS NOT NULL)", name="report_has_time"),
        CheckConstraint("state NOT IN ('reported', 'accepted') OR report <> ''", name="reported_has_words"),
        CheckConstraint("(state IN ('accepted', 'dropped')) = (closed_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("state <> 'dropped' OR reason <> ''", name="dropped_has_reason"),
        Index("ix_instruction_to", "to_id", "state", "due_at"),
        Index("ix_instruction_given", "given_by_id", "state", "due_at"),
        Index("ix_instruction_state", "state", "due_at"),
    )

    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[InstructionKind] = mapped_column(
        code(InstructionKind, "instruction_kind_known"), default=InstructionKind.TASK
    )
    text: Mapped[str] = mapped_column(Text)
    to_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Who wrote it down, if it was given by telephone."""
    urgent_report_id: Mapped[int | None] = mapped_column(
        ForeignKey("urgent_report.id", ondelete="RESTRICT"), index=True
    )
    memo_id: Mapped[int | None] = mapped_column(ForeignKey("memo.id", ondelete="RESTRICT"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="RESTRICT"), index=True)
    """The card where it is shown."""
    state: Mapped[InstructionState] = mapped_column(
        code(InstructionState, "instruction_state_known"), default=InstructionState.OPEN
    )
    report: Mapped[str] = mapped_column(Text, default="")
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    remarks: Mapped[str] = mapped_column(Text, default="")  # why the last report was returned
    reason: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    urgent_report: Mapped[UrgentReport | None] = relationship(back_populates="instructions")
    message: Mapped[Message | None] = relationship()
    to: Mapped[User] = relationship(foreign_keys=[to_id])
    given_by: Mapped[User] = relationship(foreign_keys=[given_by_id])


# --- Duty roster (П.20) and handover of shifts
_WAITS = "taken_at IS NULL AND withdrawn_at IS NULL"


class DutyTurn(Numbered):
    """A person's turn from `begins_at` until `ends_at` (exclusive). Added or removed, never changed."""

    __tablename__ = "duty_turn"
    __table_args__ = (
        CheckConstraint("ends_at > begins_at", name="times_in_order"),
        Index("ix_duty_turn_times", "begins_at", "ends_at"),
        # Ids are not reused, so an old page cannot remove another turn.
        {"sqlite_autoincrement": True},
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    phone: Mapped[str] = mapped_column(String(120), default="")  # telephone for this turn; empty: his own
    loads_exports: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether he loads the exports of «Инцидент Менеджмент» on the day the turn begins (П.7)."""
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    person: Mapped[User] = relationship(foreign_keys=[person_id])


class Shift(Numbered):
    """A handover. `content`: section → ids of what was open; the words are read when shown. It waits until another
    person takes it, or the author withdraws it."""

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(taken_at IS NULL) = (taken_by_id IS NULL)", name="taken_by_somebody"),
        CheckConstraint("taken_by_id IS NULL OR taken_by_id <> given_by_id", name="taken_by_another"),
        CheckConstraint("taken_at IS NULL OR withdrawn_at IS NULL", name="taken_or_withdrawn"),
        index_where("ix_shift_waits", "given_at", where=_WAITS),
    )

    version: Mapped[int] = mapped_column(default=1)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    note: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    given_by: Mapped[User] = relationship(foreign_keys=[given_by_id])
    taken_by: Mapped[User | None] = relationship(foreign_keys=[taken_by_id])

    @property
    def waits(self) -> bool:
        return self.taken_at is None and self.withdrawn_at is None
