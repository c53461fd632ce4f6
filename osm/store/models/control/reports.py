"""The forms that the office sends to the region (ЦУР): their templates, and what each sent one said."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.staff import User
from osm.store.types import UtcDateTime, code


class FormKind(StrEnum):
    """For which days a form is filled."""

    DAILY = "daily"
    WEEKLY = "weekly"


class ReportForm(Base):
    """The template of one form; its content lies under OSM_DATA_DIR/uploads, named by its SHA-256.

    Without a row, and with an empty `sha256`, the product's own is filled. `version` rises with every change.
    """

    __tablename__ = "report_form"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(sha256 = '') = (filename = '')", name="file_has_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FormKind] = mapped_column(code(FormKind, "form_kind_known"), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    filename: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    changed_by: Mapped[User] = relationship()


class SentForm(Base):
    """A form that a person has sent. It never changes; the next one lists later corrections.

    `asked`: the fields of its template. `said`: the numbers of its days, field → value; of a row list, name and field
    with tabs between. `corrected`: its corrections of earlier forms, each with the keys form, what, was, now.
    """

    __tablename__ = "sent_form"
    __table_args__ = (
        UniqueConstraint("kind", "first_day", "last_day", name="uq_sent_form_days"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("sent_at >= made_at", name="sent_after_made"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FormKind] = mapped_column(code(FormKind, "form_kind_known"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The instant of the figures."""
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    asked: Mapped[list[str]] = mapped_column(JSON)
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    corrected: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The file."""

    sent_by: Mapped[User] = relationship()
