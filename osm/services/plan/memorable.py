"""The own list of memorable dates, kept by the press centre (Пр.1.2.4)."""

from __future__ import annotations

from datetime import date, datetime

from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE
from osm.services.edits import locked, one_line
from osm.services.errors import NotYours
from osm.services.log.log import record
from osm.store.models import MemorableDay, User
from osm.store.transaction import transaction

KIND = "memorable_day"


def add(title: str, day: date | None, *, every_year: bool, actor: User, now: datetime) -> MemorableDay:
    """A new one. Raises MissingInput (`title`, `day`)."""
    _may(actor)
    row = MemorableDay(title=_title(title), day=_day(day), every_year=every_year, made_by=actor, made_at=now)
    with transaction() as session:
        session.add(row)
        session.flush()
        record("memorable_added", at=now, actor=actor, object_kind=KIND, object_id=row.id)
        return row


def change(
    day_id: int, version: int, *, title: str, day: date | None, every_year: bool, actor: User, now: datetime
) -> MemorableDay:
    """Another name or day. Raises MissingInput (`title`, `day`)."""
    _may(actor)
    title, found = _title(title), _day(day)
    with transaction():
        row = locked(MemorableDay, day_id, version, "Дата")
        row.title, row.day, row.every_year = title, found, every_year
        row.version += 1
        record(
            "memorable_changed", at=now, actor=actor, object_kind=KIND, object_id=row.id,
            changes={"version": (version, row.version)},
        )  # fmt: skip
        return row


def remove(day_id: int, version: int, *, actor: User, now: datetime) -> None:
    """It is a memorable date no more."""
    _may(actor)
    with transaction() as session:
        row = locked(MemorableDay, day_id, version, "Дата")
        record("memorable_removed", at=now, actor=actor, object_kind=KIND, object_id=row.id)
        session.delete(row)


def _may(actor: User) -> None:
    if actor.roles.isdisjoint(PRESS_CENTRE):
        raise NotYours("Памятные даты ведёт пресс-центр. Ничего не изменено.")


def _title(typed: str) -> str:
    return one_line("title", "Название", typed, 200, missing="Напишите, что за дата.")


def _day(day: date | None) -> date:
    if day is None:
        raise MissingInput("day", "Укажите день.")
    return day
