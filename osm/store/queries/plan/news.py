"""Offered news and tasks of the krai as screens show them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, select
from sqlalchemy.orm import joinedload, selectinload

from osm.extensions import db
from osm.store.models import DepartmentNews, KraiTask, NewsState, Placement, PlanPhoto, Publication, User

SHOWN = 50


def listed(author_id: int | None = None) -> Sequence[DepartmentNews]:
    """What waits first, then the latest; of one author where he is given."""
    wanted = select(DepartmentNews).options(
        joinedload(DepartmentNews.author).joinedload(User.department),
        joinedload(DepartmentNews.decided_by),
        selectinload(DepartmentNews.photos),
        selectinload(DepartmentNews.publication).selectinload(Publication.placements).joinedload(Placement.account),
    )
    if author_id is not None:
        wanted = wanted.where(DepartmentNews.author_id == author_id)
    waiting_first = DepartmentNews.state != NewsState.OFFERED
    return db.session.scalars(wanted.order_by(waiting_first, DepartmentNews.id.desc()).limit(SHOWN)).unique().all()


def one(news_id: int) -> DepartmentNews | None:
    """This item."""
    return db.session.get(DepartmentNews, news_id)


def photo(photo_id: int) -> tuple[PlanPhoto, int | None] | None:
    """A photo and, of offered news, whose it is."""
    row = db.session.get(PlanPhoto, photo_id)
    if row is None:
        return None
    author = select(DepartmentNews.author_id).where(DepartmentNews.id == row.news_id)
    return row, db.session.scalar(author) if row.news_id else None


def tasks() -> Sequence[KraiTask]:
    """Those that are still to be reported first, the nearest term before; then the latest."""
    wanted = select(KraiTask).options(joinedload(KraiTask.publication).selectinload(Publication.placements))
    is_open = case((KraiTask.reported_at.is_(None), KraiTask.due_at))
    order = (KraiTask.reported_at.is_not(None), is_open, KraiTask.due_at.desc(), KraiTask.id)
    return db.session.scalars(wanted.order_by(*order).limit(SHOWN)).unique().all()


def task(task_id: int) -> KraiTask | None:
    """This task."""
    return db.session.get(KraiTask, task_id)
