"""Imports: sources with their mappings, runs that a worker takes up, and the rows on their way in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.staff import User
from osm.store.types import UtcDateTime, code


class ImportSource(Base):
    """Where files come from, and which column holds what in them; the mapping is kept for the next file."""

    __tablename__ = "import_source"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    times: Mapped[str] = mapped_column(String(10), default="local")
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (CheckConstraint("times IN ('local', 'moscow')", name="times_known"),)


class ImportState(StrEnum):
    """How far a run has come. Until `publishing` nothing of it is visible; from there on every slice stays."""

    UPLOADED = "uploaded"
    STAGING = "staging"
    CHECKED = "checked"
    PUBLISHING = "publishing"
    DONE = "done"
    FAILED = "failed"


class ImportRun(Base):
    """One file on its way in."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("import_source.id", ondelete="RESTRICT"))
    filename: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[ImportState] = mapped_column(code(ImportState, "import_state_known"), default=ImportState.UPLOADED)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    times: Mapped[str] = mapped_column(String(10), default="local")
    history: Mapped[bool] = mapped_column(default=False)
    """Old messages: they open no clocks."""
    dry_run: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    forecast: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    """What its rows say before they are loaded (`osm.services.imports.forecast`)."""
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recalled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the messages that it brought are gone again."""
    lease_owner: Mapped[str] = mapped_column(String(120), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    source: Mapped[ImportSource] = relationship(lazy="joined")
    created_by: Mapped[User | None] = relationship()


class RowOutcome(StrEnum):
    """What became of a row; `staged` waits for publication."""

    STAGED = "staged"
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class ImportRow(Base):
    """One row of the file, with its number in the sheet."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("run_id", "row_no", name="uq_import_row"),
        Index("ix_import_row_outcome", "run_id", "outcome", "row_no"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"))
    row_no: Mapped[int]
    outcome: Mapped[RowOutcome] = mapped_column(code(RowOutcome, "row_outcome_known"), default=RowOutcome.STAGED)
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was refused or is a duplicate."""
    warning: Mapped[str] = mapped_column(Text, default="")
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))
