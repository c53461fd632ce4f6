"""What a person says of a proposed pair of messages (П.15): confirmed, or «это другое»; either can be changed later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from osm.extensions import db
from osm.regulation.errors import StaleVersion
from osm.services.errors import NotFound
from osm.services.log import record
from osm.store.models import LinkKind, LinkState, Message, MessageLink, User
from osm.store.transaction import transaction

_ACTIONS = {
    (LinkKind.REPEAT, True): "repeat_confirmed",
    (LinkKind.REPEAT, False): "repeat_rejected",
    (LinkKind.SAME_MATTER, True): "same_matter_confirmed",
    (LinkKind.SAME_MATTER, False): "same_matter_rejected",
}


def decide_link(link_id: int, version: int, *, confirmed: bool, actor: User, now: datetime) -> MessageLink:
    """Confirm or reject a pair under the version that the person saw. Raises NotFound, StaleVersion.

    A confirmed repeat marks the later message as one; the last rejected takes the mark away, unless the export set it.
    """
    with transaction() as session:
        link = session.scalar(select(MessageLink).where(MessageLink.id == link_id).with_for_update())
        if link is None:
            raise NotFound
        if link.version != version:
            raise StaleVersion(version, link.version)
        before, decided_by = link.state, actor.id
        with session.no_autoflush:  # the row is right only when all of it is set
            link.state = LinkState.CONFIRMED if confirmed else LinkState.REJECTED
            link.decided_at, link.decided_by_id = now, decided_by
            link.version += 1
        session.flush()
        later, earlier = (session.get_one(Message, key) for key in (link.later_id, link.earlier_id))
        if link.kind is LinkKind.REPEAT:
            _mark(later, confirmed=confirmed, was=before)
        for message, other in ((later, earlier), (earlier, later)):
            record(
                _ACTIONS[link.kind, confirmed],
                at=now,
                actor=actor,
                message=message,
                clause="15",
                changes={"state": (before, link.state), "other_id": (None, other.id)},
                object_kind="message_link",
                object_id=link.id,
            )
        return link


def _mark(later: Message, *, confirmed: bool, was: LinkState) -> None:
    if confirmed:
        later.is_repeat = True
    elif was is LinkState.CONFIRMED and not _confirmed(later.id):
        later.is_repeat = False


def _confirmed(message_id: int) -> bool:
    """Whether a repeat of this later message stands confirmed."""
    found = exists().where(
        MessageLink.later_id == message_id,
        MessageLink.kind == LinkKind.REPEAT,
        MessageLink.state == LinkState.CONFIRMED,
    )
    return bool(db.session.scalar(select(found)))
