"""What goes wrong again and again, since when: noted by whoever meets it, taken back when it goes well again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import select

from osm.extensions import db
from osm.store.models import WorkerBeat
from osm.store.transaction import transaction
from osm.store.upsert import put

_PREFIX = "trouble: "
_KEY = "osm_troubles"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One that stands. `reason` is in Russian; empty where nobody can tell."""

    name: str
    since: datetime
    reason: str


def note(name: str, now: datetime, reason: str = "") -> None:
    """It goes wrong; said once, until it is over."""
    if name not in _known():
        with transaction():
            put(WorkerBeat, name=_PREFIX + name, at=now, detail=reason)
        _known().add(name)


def over(name: str) -> None:
    """It goes well; costs nothing where it did before."""
    if name in _known():
        with transaction() as session:
            if row := session.get(WorkerBeat, _PREFIX + name):
                session.delete(row)
        _known().discard(name)


def standing() -> list[Trouble]:
    """All of them."""
    rows = db.session.execute(
        select(WorkerBeat.name, WorkerBeat.at, WorkerBeat.detail)
        .where(WorkerBeat.name.startswith(_PREFIX))
        .order_by(WorkerBeat.name)
    )
    return [Trouble(name.removeprefix(_PREFIX), at, detail) for name, at, detail in rows]


def _known() -> set[str]:
    """Asked of the database once: a process that ended has left some perhaps."""
    if _KEY not in current_app.extensions:
        current_app.extensions[_KEY] = {one.name for one in standing()}
    found: set[str] = current_app.extensions[_KEY]
    return found
