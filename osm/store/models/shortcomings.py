"""Shortcomings (П.19): a missed term, or what was found otherwise, with its person, cause, objection and decision."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.regulation.clocks import ClockKind
from osm.regulation.responsibility import Cause, ShortcomingKind, ShortcomingState, Side, Waiver
from osm.store.models.messages import Message
from osm.store.models.staff import Department, User
from osm.store.types import UtcDateTime, code


class Shortcoming(Base):
    """What is, or may be, a shortcoming. Person, side and department are those of the instant at which it occurred."""

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
        # What no memo has told yet is looked for with every round of the worker.
        Index(
            "ix_shortcoming_untold",
            "occurred_at",
            sqlite_where=sql.text("memo_id IS NULL"),
            postgresql_where=sql.text("memo_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
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
    words: Mapped[str] = mapped_column(Text, default="")
    """What is wrong, in the words of whoever entered it."""

    side: Mapped[Side] = mapped_column(code(Side, "shortcoming_side_known"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty where the office had nobody whose step it was."""
    for_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """The absent colleague for whom he stood in (П.3)."""
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    root_id: Mapped[int | None] = mapped_column(ForeignKey("shortcoming.id", ondelete="SET NULL"), index=True)
    """Of which earlier one it is the consequence: the cause is asked for there."""

    cause: Mapped[Cause | None] = mapped_column(code(Cause, "shortcoming_cause_known"))
    cause_words: Mapped[str] = mapped_column(Text, default="")
    objection: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person gave his cause or his objection last."""

    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    waiver: Mapped[Waiver | None] = mapped_column(code(Waiver, "shortcoming_waiver_known"))
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was waived, or why the objection was not accepted."""

    memo_id: Mapped[int | None] = mapped_column(ForeignKey("memo.id", ondelete="SET NULL"), index=True)
    """The memo that has told of it."""

    message: Mapped[Message] = relationship()
    person: Mapped[User | None] = relationship(foreign_keys=[person_id])
    department: Mapped[Department | None] = relationship()
