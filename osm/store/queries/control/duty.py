"""The duty roster as pages show it, and who is on duty at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select

from osm.extensions import db
from osm.regulation.words import PRESS_CENTRE
from osm.store.models import DutyTurn, ImportRun, User, UserRole

LIST_ROWS = 200
_IN_PRESS_CENTRE = User.role_rows.any(UserRole.role.in_(PRESS_CENTRE))


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One turn. `phone`: where he is reached then, else his own; `may_note`: he still works in the press centre.

    `instead_of`: who has the turn of this instant and is passed over.
    """

    id: int
    person_id: int
    person: str
    phone: str
    begins_at: datetime
    ends_at: datetime
    may_note: bool
    loads_exports: bool = False
    instead_of: str = ""

    def holds(self, now: datetime) -> bool:
        return self.begins_at <= now < self.ends_at


def _query() -> Any:
    phone = func.coalesce(func.nullif(DutyTurn.phone, ""), User.phone)
    may_note = User.is_active & _IN_PRESS_CENTRE
    return select(
        DutyTurn.id,
        DutyTurn.person_id,
        User.name,
        phone,
        DutyTurn.begins_at,
        DutyTurn.ends_at,
        may_note,
        DutyTurn.loads_exports,
    ).join(User, User.id == DutyTurn.person_id)


def coming(now: datetime) -> list[DutyRow]:
    """The turn that holds and those to come, the next first."""
    found = _query().where(DutyTurn.ends_at > now).order_by(DutyTurn.begins_at, DutyTurn.id).limit(LIST_ROWS)
    return [DutyRow(*row) for row in db.session.execute(found)]


def loading(begin: datetime, end: datetime) -> list[DutyRow]:
    """The turns of this time whose people load exports, the first first."""
    within = (DutyTurn.loads_exports, DutyTurn.begins_at >= begin, DutyTurn.begins_at < end)
    return [DutyRow(*row) for row in db.session.execute(_query().where(*within).order_by(DutyTurn.begins_at))]


def loading_waits(person_id: Any, opens: Any, closes: Any) -> ColumnElement[bool]:
    """The condition on DutyTurn: this person loads exports today and none has been loaded. Values or parameters."""
    loaded = exists().where(ImportRun.finished_at >= opens, ImportRun.dry_run.is_(False))
    today = (DutyTurn.begins_at >= opens, DutyTurn.begins_at < closes)
    return and_(DutyTurn.loads_exports, DutyTurn.person_id == person_id, *today, ~loaded)


def passed(now: datetime, most: int = 30) -> list[DutyRow]:
    """The last turns, the newest first."""
    found = _query().where(DutyTurn.ends_at <= now).order_by(DutyTurn.begins_at.desc(), DutyTurn.id.desc()).limit(most)
    return [DutyRow(*row) for row in db.session.execute(found)]


def people() -> list[tuple[int, str]]:
    """Who can be on duty: the press centre."""
    found = db.session.execute(select(User.id, User.name).where(User.is_active, _IN_PRESS_CENTRE).order_by(User.name))
    return [(user_id, name) for user_id, name in found]
