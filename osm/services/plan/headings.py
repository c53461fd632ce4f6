"""Headings that repeat every week: kept by the press centre, next week's ideas made in one press (Пр.1.2.4, 2.2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from osm.regulation.errors import MissingInput
from osm.regulation.plan.week import monday_of
from osm.services.edits import hold_out_others, one_line
from osm.services.log.log import record
from osm.services.plan.kept_list import KeptList
from osm.services.plan.steps import CLAUSE, instant_of, zone
from osm.store.models import HeadingIdea, Placement, Publication, User, WeeklyHeading
from osm.store.queries.plan.grid import pages
from osm.store.transaction import transaction


@dataclass(frozen=True, slots=True)
class Given:
    """What the form says. `weekday` from 0, Monday; no pages: all."""

    name: str
    weekday: int | None
    at: time | None
    pages: Collection[int]


def next_monday(now: datetime) -> date:
    """The week that a press fills."""
    return monday_of(now.astimezone(zone()).date()) + timedelta(days=7)


def make_ideas(*, actor: User, now: datetime) -> int:
    """Next week's ideas of every heading that has none of that week yet; how many were made."""
    HEADINGS.check(actor)
    monday = next_monday(now)
    with transaction() as session:
        hold_out_others("heading_idea")
        made = select(HeadingIdea.heading_id).where(HeadingIdea.monday == monday)
        left = session.scalars(
            select(WeeklyHeading).where(WeeklyHeading.id.not_in(made)).order_by(WeeklyHeading.weekday, WeeklyHeading.id)
        ).all()
        for heading in left:
            row = _idea(heading, monday, actor, now)
            session.add(row)
            session.flush()
            session.add(HeadingIdea(heading_id=heading.id, monday=monday, publication_id=row.id))
            record("plan_idea", at=now, actor=actor, clause=CLAUSE, object_kind="publication", object_id=row.id)
        return len(left)


def _idea(heading: WeeklyHeading, monday: date, actor: User, now: datetime) -> Publication:
    day = monday + timedelta(days=heading.weekday)
    at = None if heading.minute is None else time(*divmod(heading.minute, 60))
    row = Publication(
        title=heading.name, heading=heading.name, day=day, at=instant_of(day, at), author=actor, created_at=now
    )
    known = [page.id for page in pages()]
    meant = [page for page in known if page in heading.pages]
    row.placements = [Placement(account_id=page) for page in meant or known]
    return row


def _fill(row: WeeklyHeading, given: Given) -> None:
    row.name = one_line("name", "Рубрика", given.name, 80, missing="Напишите название рубрики.")
    if given.weekday is None or not 0 <= given.weekday <= 6:
        raise MissingInput("weekday", "Выберите день недели.")
    row.weekday = given.weekday
    row.minute = None if given.at is None else given.at.hour * 60 + given.at.minute
    row.pages = sorted(set(given.pages) & {page.id for page in pages(closed=True)})


HEADINGS = KeptList(WeeklyHeading, "weekly_heading", "heading", "Рубрика", "Рубрики", _fill)
