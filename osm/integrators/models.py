"""Integrators with their keys, rights and webhooks; answers to requests that may come again."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Numbered
from osm.base.types import UtcDateTime, code
from osm.imports.models import ImportSource
from osm.integrators.rules import Rights


class Integrator(Numbered):
    """A system of others. `archived_at`: its access has ended. `version` rises with every edit by a person."""

    __tablename__ = "integrator"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("per_minute >= 1", name="may_ask"),
        CheckConstraint("(token_hash IS NULL) = (token_made_at IS NULL)", name="token_has_time"),
        {"sqlite_autoincrement": True},
    )

    name: Mapped[str] = mapped_column(String(200), unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("import_source.id", ondelete="RESTRICT"), index=True)
    """Its messages belong to this source, as those of a file do."""
    rights: Mapped[Rights] = mapped_column(code(Rights, "rights_known"))
    sees_all: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """It reads, and gets events of, the messages of all sources."""
    per_minute: Mapped[int] = mapped_column(default=60, server_default="60")
    """Requests of one minute that are answered."""
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    token_made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the last request with its token, refused ones too
    minute: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked: Mapped[int] = mapped_column(default=0, server_default="0")
    """Requests since `minute`; all web processes count here."""
    run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id", ondelete="SET NULL"))
    """The load of the day, which takes its messages."""
    webhook_url: Mapped[str] = mapped_column(String(500), default="", server_default="")
    webhook_secret: Mapped[str] = mapped_column(Text, default="", server_default="")  # encrypted; shown once
    installation: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Where the webhook was switched on: in a copy or after a restore it is off until a person says so."""
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    source: Mapped[ImportSource] = relationship(lazy="joined")


class ApiRequest(Numbered):
    """The answer to a request with an `Idempotency-Key`, written in the transaction of what it did."""

    __tablename__ = "api_request"
    __table_args__ = (
        UniqueConstraint("integrator_id", "key_digest", name="uq_api_request_key"),
        Index("ix_api_request_at", "integrator_id", "at"),
    )

    integrator_id: Mapped[int] = mapped_column(ForeignKey("integrator.id", ondelete="CASCADE"))
    key_digest: Mapped[str] = mapped_column(String(64))
    body_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
