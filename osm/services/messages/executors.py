"""Whom a message that is directed to an executor reaches: he himself, or whoever stands in for him (П.3)."""

from __future__ import annotations

from datetime import datetime

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.clocks.terms import in_force
from osm.store.models import User
from osm.store.queries.staff.substitutes import roster_on


def executor_today(executor_id: int | None, now: datetime, field: str = "executor_id") -> tuple[User, User]:
    """Who gets what is directed to this executor now, and this executor: the same one unless he is away (П.3).

    Raises MissingInput for `field` where there is no such executor, or he is away and nobody stands in.
    """
    asked = db.session.get(User, executor_id) if executor_id else None
    if asked is None or not asked.is_active or not asked.owns(Role.EXECUTOR):
        raise MissingInput(field, "Выберите исполнителя: без него направить сообщение нельзя.")
    roster = roster_on(in_force().calendar.local(now).date(), [asked.id])
    found = roster.stand_in(asked.id)
    if found is None:
        raise MissingInput(
            field,
            f"{asked.name} отсутствует по {roster.away[asked.id].last_day:%d.%m.%Y}, замещающего нет. "
            "Выберите другого исполнителя или укажите замещающего в разделе «Отсутствия».",
        )
    return (asked, asked) if found == asked.id else (db.session.get_one(User, found), asked)
