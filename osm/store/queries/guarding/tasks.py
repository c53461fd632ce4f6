"""What is to be closed to those who leave, and how it was closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from osm.extensions import db
from osm.store.models import PageTask, TaskOutcome

CLOSED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One page, or one of its keys where `key_name` says which."""

    id: int
    version: int
    account_id: int
    page: str
    network: str
    name: str
    key_name: str
    profile: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
    stays: bool
    reason: str


def open_tasks(account_id: int | None = None) -> list[TaskRow]:
    """Those to be done, the oldest first; `account_id`: of one page."""
    wanted = select(PageTask).where(PageTask.closed_at.is_(None)).order_by(PageTask.opened_at, PageTask.id)
    return _rows(wanted if account_id is None else wanted.where(PageTask.account_id == account_id))


def closed_tasks(account_id: int | None = None) -> list[TaskRow]:
    """Those that were done last."""
    wanted = select(PageTask).where(PageTask.closed_at.is_not(None))
    if account_id is not None:
        wanted = wanted.where(PageTask.account_id == account_id)
    return _rows(wanted.order_by(PageTask.closed_at.desc(), PageTask.id.desc()).limit(CLOSED_SHOWN))


def _rows(query: Select[PageTask]) -> list[TaskRow]:
    return [
        TaskRow(
            id=row.id,
            version=row.version,
            account_id=row.account_id,
            page=row.account.title or row.account.external_id,
            network=row.account.network,
            name=row.name,
            key_name=row.key_name,
            profile=row.administrator.profile if row.administrator else "",
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            closed_by=row.closed_by.name if row.closed_by else "",
            stays=row.outcome is TaskOutcome.STAYS,
            reason=row.reason,
        )
        for row in db.session.scalars(query.options(joinedload(PageTask.administrator))).unique()
    ]
