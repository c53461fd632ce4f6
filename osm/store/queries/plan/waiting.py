"""How much of the plan waits for a person: the numbers of the menu, asked in one statement."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from osm.extensions import db
from osm.regulation.comment_words import OutboxState
from osm.regulation.plan.words import PublicationState
from osm.store.models import DepartmentNews, KraiTask, NewsState, OutboxAction, Placement, Publication


@dataclass(frozen=True, slots=True)
class Waiting:
    """`publications`: not gone out, due to be placed by hand, to be approved; `news`: offered; `tasks`: to report."""

    publications: int
    news: int
    tasks: int


NOTHING = Waiting(0, 0, 0)


def waiting_for(*, curator: bool) -> Waiting:
    """What waits for the press centre; for a curator, what is to be approved too."""
    conditions = [Publication.state == PublicationState.FAILED, and_(*_by_hand())]
    if curator:
        conditions.append(Publication.state == PublicationState.SUBMITTED)
    publications = select(func.count()).select_from(Publication).where(or_(*conditions))
    news = select(func.count()).select_from(DepartmentNews).where(DepartmentNews.state == NewsState.OFFERED)
    tasks = select(func.count()).select_from(KraiTask).where(KraiTask.reported_at.is_(None))
    counted = (one.scalar_subquery() for one in (publications, news, tasks))
    return Waiting(*db.session.execute(select(*counted)).one())


def _by_hand() -> tuple[ColumnElement[bool], ...]:
    """Its time has come, and no network has an order for what is not placed yet."""
    ordered = (
        exists()
        .where(OutboxAction.placement_id == Placement.id, OutboxAction.state == OutboxState.PENDING)
        .correlate(Placement)
    )
    waits = and_(Placement.placed_at.is_(None), Placement.left_out_at.is_(None))
    open_place = exists().where(Placement.publication_id == Publication.id, waits, ~ordered)
    return (
        Publication.state == PublicationState.SCHEDULED,
        Publication.ordered_at.is_not(None),
        open_place.correlate(Publication),
    )
