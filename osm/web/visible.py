"""What of a message a person may see: the card that he may know of, and his own row on it."""

from __future__ import annotations

from osm.clock import current_now
from osm.log.acts.record import Reading, record_reading
from osm.messages.queries.card import read_card
from osm.messages.queries.parts import Card, Worker
from osm.people.queries.absences import SEE_EVERYTHING, may_see, was_recalled
from osm.regulation.words import Role
from osm.services.errors import NotFound, Recalled
from osm.store.models import User

READERS = (Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD)


def visible_card(message_id: int, person: User) -> Card:
    """The card, if this person may know of the message; who has seen it is logged. Raises NotFound."""
    if not may_see(person, message_id):
        raise Recalled if not executes_only(person) and was_recalled(message_id) else NotFound
    record_reading(Reading.CARD, actor=person, now=current_now(), message_id=message_id)
    card = read_card(message_id)
    if card is None:
        raise NotFound
    return card


def executes_only(person: User) -> bool:
    """Whether this person sees no more than what is assigned to him: proposals of the press centre are not for him."""
    return person.roles.isdisjoint(SEE_EVERYTHING)


def own_worker(card: Card, person: User) -> Worker | None:
    """The row by which this person is asked for a part now, else the last one by which he was."""
    mine = [worker for worker in card.workers if worker.person.id == person.id and worker.part_state is not None]
    mine.sort(key=lambda worker: (worker.ended_at is None, worker.id))
    return mine[-1] if mine else None
