"""Acknowledging what a later export has changed in the source."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from osm.extensions import db
from osm.services.acts import load_message
from osm.services.errors import NotFound
from osm.services.log.log import record
from osm.store.models import Event, User
from osm.store.queries.messages.source_changes import SEEN, TELL
from osm.store.transaction import transaction


def acknowledge(message_id: int, upto: int, *, actor: User, now: datetime) -> bool:
    """Somebody has seen the changes up to the event `upto`, the last that his page showed; False: it was said before.

    What an export has changed since then stays on the card. The version stays: nothing was decided about the message.
    Raises NotFound where `upto` is no change of this message.
    """
    with transaction():
        message = load_message(message_id)  # locked: two people at once are one acknowledgement
        change = db.session.get(Event, upto)
        if change is None or change.message_id != message_id or change.action not in TELL:
            raise NotFound("Запись")
        last = db.session.scalar(
            select(func.max(Event.object_id)).where(Event.message_id == message_id, Event.action == SEEN)
        )
        if last is not None and last >= upto:
            return False
        record(SEEN, at=now, actor=actor, message=message, object_kind="event", object_id=upto)
        return True
