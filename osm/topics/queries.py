"""The topics for an administrator's screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from osm.extensions import db
from osm.store.models import Department, Message, Topic

LISTED_WORDS = 6
"""Words of a topic on the list."""


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One topic; its words one a line."""

    id: int
    name: str
    department_id: int | None
    department: str
    words: str
    archived_at: datetime | None
    version: int

    @property
    def count(self) -> int:
        return len(self.words.splitlines())

    @property
    def first_words(self) -> str:
        return ", ".join(self.words.splitlines()[:LISTED_WORDS])


def topics() -> list[TopicRow]:
    """By name, archived topics last."""
    return [TopicRow(*row) for row in db.session.execute(_ROWS.order_by(Topic.archived_at.isnot(None), Topic.name))]


def topic(topic_id: int) -> TopicRow | None:
    row = db.session.execute(_ROWS.where(Topic.id == topic_id)).first()
    return TopicRow(*row) if row else None


def topic_names(ids: Iterable[int]) -> Mapping[int, str]:
    return dict(db.session.execute(select(Topic.id, Topic.name).where(Topic.id.in_(set(ids)))).tuples().all())


def untitled_texts(message_ids: Iterable[int], length: int) -> dict[int, str]:
    """Message → the first `length` characters of its text, for those that have no topic."""
    rows = db.session.execute(
        select(Message.id, func.substr(Message.text, 1, length)).where(
            Message.id.in_(set(message_ids)), Message.topic_id.is_(None)
        )
    )
    return dict(rows.tuples().all())


_ROWS = select(
    Topic.id,
    Topic.name,
    Topic.department_id,
    func.coalesce(Department.short_name, ""),
    Topic.words,
    Topic.archived_at,
    Topic.version,
).outerjoin(Department, Department.id == Topic.department_id)
