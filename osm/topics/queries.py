"""The topics for an administrator's screens."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from osm.base.database import db
from osm.models import Message, Topic

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
