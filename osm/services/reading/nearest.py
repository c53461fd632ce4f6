"""The messages nearest to one by what they say (П.15): looked up when somebody looks, nothing is kept or claimed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select

from osm.extensions import db
from osm.likeness.nearest import Told, nearest, signs_of
from osm.likeness.traits import VERSION, Traits
from osm.store.models import Author, Message, MessageLink, MessageTraits
from osm.store.models.messages import WHOSE, whose_row

WINDOW = timedelta(days=90)
COMPARED = 5_000
"""Messages of the window that are looked at, the latest first: what a small town writes in that time."""
SHOWN = 5


def nearest_messages(message_id: int) -> list[int] | None:
    """Up to SHOWN messages received within WINDOW of this one, nearest first; None: it is not read yet.

    Those that are linked with it, or were said to be another matter, are left out.
    """
    received = db.session.scalars(select(Message.received_at).where(Message.id == message_id)).one()
    own = _told(Message.id == message_id).get(message_id)
    if own is None:
        return None
    others = _told(Message.id != message_id, Message.received_at.between(received - WINDOW, received + WINDOW))
    for other_id in _linked_with(message_id):
        others.pop(other_id, None)
    return nearest(own, others, SHOWN)


def _told(*of: ColumnElement[bool]) -> dict[int, Told]:
    rows = db.session.execute(
        select(Message.id, MessageTraits.traits, *WHOSE)
        .join(MessageTraits, (MessageTraits.message_id == Message.id) & (MessageTraits.rules == VERSION))
        .outerjoin(Author, Author.id == Message.author_id)
        .where(*of)
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(COMPARED)
    )
    return {key: Told(whose_row(*who), signs_of(Traits.from_json(traits))) for key, traits, *who in rows}


def _linked_with(message_id: int) -> set[int]:
    both = (MessageLink.later_id, MessageLink.earlier_id)
    pairs = db.session.execute(select(*both).where(or_(*(side == message_id for side in both))))
    return {one for pair in pairs for one in pair} - {message_id}
