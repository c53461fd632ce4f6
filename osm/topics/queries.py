"""The topics for an administrator's screens, and which one a text is likely to be about."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from osm.base.database import db
from osm.models import Message, Topic
from osm.topics.rules import Suggestion, TopicWords, suggester

_WHOLE = select(Topic).options(joinedload(Topic.department))


def topics() -> Sequence[Topic]:
    """With their departments, by name, archived topics last."""
    return db.session.scalars(_WHOLE.order_by(Topic.archived_at.is_not(None), Topic.name)).all()


def topic(topic_id: int) -> Topic | None:
    return db.session.scalar(_WHOLE.where(Topic.id == topic_id))


def topic_names(ids: Iterable[int]) -> Mapping[int, str]:
    return dict(db.session.execute(select(Topic.id, Topic.name).where(Topic.id.in_(set(ids)))).all())


def untitled_texts(message_ids: Iterable[int], length: int) -> dict[int, str]:
    """Message → the first `length` characters of its text, for those that have no topic."""
    rows = db.session.execute(
        select(Message.id, func.substr(Message.text, 1, length)).where(
            Message.id.in_(set(message_ids)), Message.topic_id.is_(None)
        )
    )
    return dict(rows.all())


def suggest_topics(texts: Mapping[int, str], topics: Iterable[Topic] | None = None) -> dict[int, Suggestion]:
    """Key → the likely topic of its text, if there is one; `topics`: those in use, if already read."""
    if not texts:
        return {}
    in_use = select(Topic.id, Topic.words).where(Topic.archived_at.is_(None))
    known: Any = db.session.execute(in_use) if topics is None else topics
    words = sorted((topic.id, topic.words) for topic in known if topic.words)
    ready = suggester(tuple(TopicWords(*row) for row in words))
    found = {key: ready.suggest(text) for key, text in texts.items()}
    return {key: suggestion for key, suggestion in found.items() if suggestion is not None}


def suggest_topic(text: str) -> Suggestion | None:
    return suggest_topics({0: text}).get(0)
