"""Memos and questions: the list, one with its editions, those of a topic, all for the search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from osm.extensions import db
from osm.store.models import HelpEdition, HelpKind, HelpPage, HelpTopic


@dataclass(frozen=True, slots=True)
class MemoRow:
    id: int
    kind: HelpKind
    title: str
    text: str
    written_at: datetime
    by: str
    archived_at: datetime | None
    version: int
    topics: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class EditionRow:
    number: int
    title: str
    text: str
    at: datetime
    by: str


def memos(*, with_archived: bool = False) -> list[MemoRow]:
    """Memos first, by title; archived ones last."""
    wanted = select(HelpPage).order_by(HelpPage.archived_at.is_not(None), HelpPage.kind, HelpPage.title, HelpPage.id)
    return _rows(wanted if with_archived else wanted.where(HelpPage.archived_at.is_(None)))


def memo(page_id: int) -> MemoRow | None:
    return next(iter(_rows(select(HelpPage).where(HelpPage.id == page_id))), None)


def memos_for(topic_id: int | None) -> list[MemoRow]:
    """Those shown next to the editor of an answer on this topic."""
    if topic_id is None:
        return []
    linked = select(HelpTopic.page_id).where(HelpTopic.topic_id == topic_id)
    wanted = select(HelpPage).where(HelpPage.id.in_(linked), HelpPage.archived_at.is_(None))
    return _rows(wanted.order_by(HelpPage.kind, HelpPage.title, HelpPage.id))


def editions(page_id: int) -> list[EditionRow]:
    """The newest first."""
    wanted = select(HelpEdition).where(HelpEdition.page_id == page_id).order_by(HelpEdition.number.desc())
    return [
        EditionRow(row.number, row.title, row.text, row.at, row.by.name if row.by else "")
        for row in db.session.scalars(wanted)
    ]


def _rows(query: Select[HelpPage]) -> list[MemoRow]:
    return [
        MemoRow(
            row.id,
            row.kind,
            row.title,
            row.text,
            row.written_at,
            row.written_by.name if row.written_by else "",
            row.archived_at,
            row.version,
            tuple((topic.id, topic.name) for topic in row.topics),
        )
        for row in db.session.scalars(query)
    ]
