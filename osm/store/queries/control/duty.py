"""The duty roster as pages show it, and who is on duty at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from osm.extensions import db
from osm.regulation.words import PRESS_CENTRE
from osm.store.models import DutyTurn, User, UserRole

LIST_ROWS = 200
_IN_PRESS_CENTRE = User.role_rows.any(UserRole.role.in_(PRESS_CENTRE))


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One turn. `phone`: where he is reached then, else his own."""

    id: int
    person_id: int
    person: str
    phone: str
    begins_at: datetime
    ends_at: datetime

    def holds(self, now: datetime) -> bool:
        return self.begins_at <= now < self.ends_at


def _query() -> Any:
    phone = func.coalesce(func.nullif(DutyTurn.phone, ""), User.phone)
    return select(DutyTurn.id, DutyTurn.person_id, User.name, phone, DutyTurn.begins_at, DutyTurn.ends_at).join(
        User, User.id == DutyTurn.person_id
    )


def on_duty(now: datetime) -> DutyRow | None:
    """Whose turn it is, of those who still work in the press centre: nobody else may note that he has called."""
    holds = (DutyTurn.begins_at <= now, DutyTurn.ends_at > now, User.is_active, _IN_PRESS_CENTRE)
    row = db.session.execute(_query().where(*holds).order_by(DutyTurn.begins_at.desc()).limit(1)).first()
    return DutyRow(*row) if row else None


def coming(now: datetime) -> list[DutyRow]:
    """The turn that holds and those to come, the next first."""
    found = _query().where(DutyTurn.ends_at > now).order_by(DutyTurn.begins_at, DutyTurn.id).limit(LIST_ROWS)
    return [DutyRow(*row) for row in db.session.execute(found)]


def passed(now: datetime, most: int = 30) -> list[DutyRow]:
    """The last turns, the newest first."""
    found = _query().where(DutyTurn.ends_at <= now).order_by(DutyTurn.begins_at.desc(), DutyTurn.id.desc()).limit(most)
    return [DutyRow(*row) for row in db.session.execute(found)]


def people() -> list[tuple[int, str]]:
    """Who can be on duty: the press centre."""
    found = db.session.execute(select(User.id, User.name).where(User.is_active, _IN_PRESS_CENTRE).order_by(User.name))
    return [(user_id, name) for user_id, name in found]
