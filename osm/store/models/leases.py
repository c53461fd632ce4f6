"""Leases: what only one process may do at a time, who does it, until when; and the signs of life of the worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base
from osm.store.types import UtcDateTime


class Lease(Base):
    """`owner` names the process; a lease that has run out, or that lies in the future, is free."""

    __tablename__ = "lease"
    __table_args__ = (CheckConstraint("until >= taken_at", name="ends_after_it_begins"),)

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkerBeat(Base):
    """The last sign of life of a worker."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text, default="")
