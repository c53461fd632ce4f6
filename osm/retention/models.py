"""Terms of keeping, legal holds, runs of the purge and what they destroyed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, and_, exists, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.people.models import User
from osm.retention.rules import Asked, HoldGround, Kept, RequestOutcome


class KeepingTerm(Base):
    """A term that the office has changed; without a row the default holds."""

    __tablename__ = "keeping_term"
    __table_args__ = (CheckConstraint("days >= 1", name="days_positive"),)

    kept: Mapped[Kept] = mapped_column(code(Kept, "kept_known"), primary_key=True)
    days: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))


class LegalHold(Numbered):
    """What no purge destroys until the hold is lifted: a message, one of ПОС, a comment or an entry of
    the black list, and with `author_id` all of this author."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("document <> ''", name="names_document"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name="lifted_by_somebody"),
        index_where("ix_legal_hold_open", "subject", "object_id", where="lifted_at IS NULL"),
        {"sqlite_autoincrement": True},
    )

    subject: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id", ondelete="SET NULL"), index=True)
    ground: Mapped[HoldGround] = mapped_column(code(HoldGround, "hold_ground_known"))
    document: Mapped[str] = mapped_column(String(300))  # number and date of the request, without names
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    set_by: Mapped[User] = relationship(foreign_keys=[set_by_id])
    lifted_by: Mapped[User | None] = relationship(foreign_keys=[lifted_by_id])


def is_on_hold(subject: str, object_id: Any, author_id: Any = None) -> ColumnElement[bool]:
    """Whether a hold in force names this row or, with `author_id`, all of its author."""
    holds = [and_(LegalHold.subject == subject, LegalHold.object_id == object_id)]
    holds += [LegalHold.author_id == author_id] if author_id is not None else []
    return or_(*(exists().where(LegalHold.lifted_at.is_(None), one) for one in holds))


class SubjectRequest(Numbered):
    """A person asks which of his data the office has, or wants them destroyed (152-ФЗ, ст. 14, 20, 21)."""

    __tablename__ = "subject_request"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (closed_at IS NULL)", name="closed_has_outcome"),
        CheckConstraint("outcome IS NULL OR outcome = 'refused' OR identity <> ''", name="answered_is_identified"),
        CheckConstraint("outcome IS NULL OR outcome <> 'refused' OR reason <> ''", name="refused_says_why"),
        {"sqlite_autoincrement": True},
    )

    asks: Mapped[Asked] = mapped_column(code(Asked, "asked_known"))
    name: Mapped[str] = mapped_column(String(300))
    profile: Mapped[str] = mapped_column(String(500), default="", server_default="")
    """Address of his profile, as it is stored with his messages."""
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # close of the tenth working day (ст. 20 ч. 1)
    identity: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """How it was checked that he is the author; no data go out before."""
    outcome: Mapped[RequestOutcome | None] = mapped_column(code(RequestOutcome, "request_outcome_known"))
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")  # the ground of a refusal, with its law
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    entered_by: Mapped[User] = relationship(foreign_keys=[entered_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])


class PurgeRun(Numbered):
    """One run of the purge, by order of a person or by the worker at night. It works until `ended_at`."""

    __tablename__ = "purge_run"
    __table_args__ = (
        index_where("ix_purge_run_open", "began_at", where="ended_at IS NULL"),
        {"sqlite_autoincrement": True},
    )

    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty: the worker's own. No such run before a person has ordered one."""
    terms: Mapped[dict[str, int]] = mapped_column(JSON)  # `Kept` → days, as they were then
    request_id: Mapped[int | None] = mapped_column(ForeignKey("subject_request.id", ondelete="RESTRICT"), unique=True)
    """The request of a person that it fulfils; such a run destroys his data alone."""
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # `Kept` → how much was destroyed; `files`
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    ordered_by: Mapped[User | None] = relationship()


class Purged(Numbered):
    """What a run destroyed, by its number; the event of the log proves it."""

    __tablename__ = "purged"
    __table_args__ = (Index("ix_purged_object", "subject", "object_id"), {"sqlite_autoincrement": True})

    run_id: Mapped[int | None] = mapped_column(ForeignKey("purge_run.id", ondelete="CASCADE"), index=True)
    """Empty: destroyed again after a restore."""
    kept: Mapped[Kept] = mapped_column(code(Kept, "purged_kept_known"))
    subject: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="RESTRICT"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
