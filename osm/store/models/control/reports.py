"""Templates of the forms that the office sends to the region: an XLSX of its own in the place of the product's."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
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
