"""The days handed over: one with what was open, those before, whether one waits to be taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.store.models import Shift, User
from osm.store.queries.control.shift_content import WAITS

LIST_ROWS = 60


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """One handing over."""

    id: int
    version: int
    given_at: datetime
    given_by_id: int
    given_by: str
    note: str
    content: dict[str, Any]
    taken_at: datetime | None
    taken_by: str
    withdrawn_at: datetime | None

    @property
    def waits(self) -> bool:
        return self.taken_at is None and self.withdrawn_at is None


_giver, _taker = aliased(User), aliased(User)


def _query() -> Any:
    return (
        select(
            Shift.id, Shift.version, Shift.given_at, Shift.given_by_id, _giver.name, Shift.note, Shift.content,
            Shift.taken_at, func.coalesce(_taker.name, ""), Shift.withdrawn_at,
        )
        .join(_giver, _giver.id == Shift.given_by_id)
        .outerjoin(_taker, _taker.id == Shift.taken_by_id)
    )  # fmt: skip


def waiting() -> ShiftRow | None:
    """The one that nobody has taken yet."""
    row = db.session.execute(_query().where(WAITS).order_by(Shift.given_at.desc()).limit(1)).first()
    return ShiftRow(*row) if row else None


def one(shift_id: int) -> ShiftRow | None:
    row = db.session.execute(_query().where(Shift.id == shift_id)).first()
    return ShiftRow(*row) if row else None


def listed() -> list[ShiftRow]:
    """The newest first."""
    return [ShiftRow(*row) for row in db.session.execute(_query().order_by(Shift.id.desc()).limit(LIST_ROWS))]
