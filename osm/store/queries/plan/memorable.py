"""Memorable dates: those of the product and those of the own list together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import or_, select

from osm.extensions import db
from osm.regulation.plan.memorable import Memorable, between, known_days
from osm.store.models import MemorableDay


def names_of(first: date, last: date) -> Mapping[date, Sequence[str]]:
    """What each of these days is, both included; the own ones stand first."""
    rows = db.session.scalars(
        select(MemorableDay)
        .where(or_(MemorableDay.every_year, MemorableDay.day.between(first, last)))
        .order_by(MemorableDay.id)
    ).all()
    yearly = [Memorable(row.title, row.day.month, row.day.day) for row in rows if row.every_year]
    once = [(row.day, row.title) for row in rows if not row.every_year]
    found: dict[date, list[str]] = defaultdict(list)
    for day, name in [*once, *between(first, last, yearly), *between(first, last, known_days())]:
        if name not in found[day]:
            found[day].append(name)
    return found


def own() -> Sequence[MemorableDay]:
    """The own list, by day of the year."""
    rows = db.session.scalars(select(MemorableDay)).all()
    return sorted(rows, key=lambda row: (row.day.month, row.day.day, row.title))
