"""Offered news and tasks of the krai as screens show them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from osm.extensions import db
from osm.store.models import DepartmentNews, KraiTask, NewsState, PlanPhoto, Publication, User

SHOWN = 50


def listed(author_id: int | None = None) -> Sequence[DepartmentNews]:
    """What waits first, then the latest; of one author where he is given."""
    wanted = select(DepartmentNews).options(
        joinedload(DepartmentNews.author).joinedload(User.department), selectinload(DepartmentNews.photos)
    )
    if author_id is not None:
        wanted = wanted.where(DepartmentNews.author_id == author_id)
    waiting_first = DepartmentNews.state != NewsState.OFFERED
    return db.session.scalars(wanted.order_by(waiting_first, DepartmentNews.id.desc()).limit(SHOWN)).unique().all()


def one(news_id: int) -> DepartmentNews | None:
    """This item."""
    return db.session.get(DepartmentNews, news_id)


def count_offered() -> int:
    """How many wait for the press centre."""
    return db.session.scalar(select(func.count()).where(DepartmentNews.state == NewsState.OFFERED)) or 0


def photo(photo_id: int) -> tuple[PlanPhoto, int | None] | None:
    """A photo and, of offered news, whose it is."""
    row = db.session.get(PlanPhoto, photo_id)
    if row is None:
        return None
    author = select(DepartmentNews.author_id).where(DepartmentNews.id == row.news_id)
    return row, db.session.scalar(author) if row.news_id else None


def tasks() -> Sequence[KraiTask]:
    """Those that are still to be reported first, by their term."""
    wanted = select(KraiTask).options(joinedload(KraiTask.publication).selectinload(Publication.placements))
    order = (KraiTask.reported_at.is_not(None), KraiTask.due_at.desc(), KraiTask.id)
    return db.session.scalars(wanted.order_by(*order).limit(SHOWN)).unique().all()


def task(task_id: int) -> KraiTask | None:
    """This task."""
    return db.session.get(KraiTask, task_id)


def count_tasks() -> int:
    """How many are still to be reported."""
    return db.session.scalar(select(func.count()).where(KraiTask.reported_at.is_(None))) or 0
