"""Facts of an excluded message for a department, which helps without an answer to the author (П.17)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.messages import Message
from osm.store.models.staff import Department, User
from osm.store.types import UtcDateTime, code


class FactsState(StrEnum):
    """How far it is."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


_OPEN = sql.text("state = 'open'")


class ToldFacts(Base):
    """Facts for one department. No clock of П.8 or П.9 runs, and the message itself stays excluded."""

    __tablename__ = "told_facts"
    __table_args__ = (
        CheckConstraint("facts <> '' AND asked <> ''", name="says_something"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_time"),
        CheckConstraint("state = 'open' OR (outcome <> '' AND closed_by_id IS NOT NULL)", name="closed_says_how"),
        Index(
            "ix_told_facts_open", "department_id", "message_id", unique=True, sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_told_facts_message", "message_id", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    facts: Mapped[str] = mapped_column(Text)
    """What has happened and where, in the words of the press centre."""
    asked: Mapped[str] = mapped_column(Text)
    """What the department is asked to do."""
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
