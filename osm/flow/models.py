"""Terms: one row for each clock that ever ran for a message."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.answers.models import Assignment
from osm.base.database import Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.messages.models import Message
from osm.regulation.words import ClockKind, DeadlineState


class Deadline(Numbered):
    """One clock. `due_at` is empty if it lies beyond the known calendar."""

    __tablename__ = "deadline"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("breached_at IS NULL OR due_at IS NOT NULL", name="breach_has_term"),
        index_where(
            "uq_deadline_open", "message_id", "kind", unique=True, where="state = 'open' AND assignment_id IS NULL"
        ),
        index_where(
            "uq_deadline_open_part",
            "assignment_id",
            "kind",
            unique=True,
            where="state = 'open' AND assignment_id IS NOT NULL",
        ),
        Index("ix_deadline_open_due", "state", "due_at", "id"),
        # Reports count what ended or was missed in a period.
        index_where("ix_deadline_ended", "ended_at", where="ended_at IS NOT NULL"),
        index_where("ix_deadline_breached", "breached_at", where="breached_at IS NOT NULL"),
        # For the worker's search each second, which skips terms missed earlier.
        index_where("ix_deadline_unbreached", "state", "due_at", where="breached_at IS NULL"),
        # For the equally frequent search for clocks of an older calendar.
        index_where("ix_deadline_open_calendar", "calendar_version", "id", where="state = 'open'"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"))
    kind: Mapped[ClockKind] = mapped_column(code(ClockKind, "clock_kind_known"))
    clause: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    explanation: Mapped[str] = mapped_column(Text, default="")
    calendar_version: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[DeadlineState] = mapped_column(
        code(DeadlineState, "deadline_state_known"), default=DeadlineState.OPEN
    )
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    breached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blameless: Mapped[bool] = mapped_column(default=False)
    """Past only because the importance was raised (П.9), so no breach."""

    message: Mapped[Message] = relationship(back_populates="deadlines")
    assignment: Mapped[Assignment | None] = relationship()
    """The part that the clock measures (П.14); empty for a clock of the message."""
