"""What the form of a new message asks: the topics to choose from, and who else stands under the same link."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.words import Status
from osm.store.models import Message, Topic

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Twin:
    """A message with the same link."""

    id: int
    number: str
    status: Status
    text: str


def topic_choices() -> list[tuple[int, str]]:
    """Id and name of every topic that can be chosen."""
    offered = select(Topic.id, Topic.name).where(Topic.archived_at.is_(None)).order_by(Topic.name)
    return list(db.session.execute(offered).tuples())


def messages_at(links: Collection[str]) -> tuple[Twin, ...]:
    """The newest messages with one of these spellings of a link; there may be several under one post."""
    if not links:
        return ()
    query = (
        select(Message.id, Message.number, Message.status, Message.text)
        .where(Message.url.in_(links))
        .order_by(Message.id.desc())
        .limit(SHOWN)
    )
    return tuple(Twin(*row) for row in db.session.execute(query).tuples())
