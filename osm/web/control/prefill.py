"""What an urgent report says of a message before anybody has typed: one press fills it in (П.20).

A burst of messages will be another source of the same `Told`; `osm.services.control.urgent.send` asks for no message.
"""

from __future__ import annotations

from flask import current_app

from osm.regulation.words import Action, status_label
from osm.services.control.urgent import MOST_LINKS, Told
from osm.settings import Settings
from osm.store.models import LinkState
from osm.store.queries.comments.copies import copies_of_message
from osm.store.queries.control.urgent import sources_of
from osm.store.queries.log.history import message_history
from osm.store.queries.log.when import in_full
from osm.store.queries.messages.card_parts import Card
from osm.store.queries.messages.links import links_of
from osm.web.filters import moment

LONGEST_TEXT = 300
LAST_ACTS = 4


def told_of(card: Card) -> Told:
    """What, where, since when, how many, links, who works on it, what has been done."""
    linked = [link.other_id for link in links_of(card.id, [LinkState.CONFIRMED])]
    copies = [copy.id for copy in copies_of_message(card.id)]
    together = list(dict.fromkeys([card.id, *linked, *copies]))
    sources = sources_of(together)
    return Told(
        what=_shortened(card.text),
        place=card.place,
        since_at=min((source.since for source in sources), default=card.published_at or card.received_at),
        how_many=len(together),
        links="\n".join(list(dict.fromkeys(source.url for source in sources if source.url))[:MOST_LINKS]),
        workers=_workers(card),
        done=_done(card),
    )


def _shortened(text: str) -> str:
    bare = " ".join(text.split())
    return bare if len(bare) <= LONGEST_TEXT else bare[:LONGEST_TEXT].rsplit(" ", 1)[0] + "…"


def _workers(card: Card) -> str:
    lines = [", ".join(filter(None, (worker.named, worker.person.phone))) for worker in card.active]
    return "\n".join(lines) or "Исполнитель ещё не назначен."


def _done(card: Card) -> str:
    settings: Settings = current_app.extensions["osm_settings"]
    history = message_history(card.id, in_full(settings.time_zone), card.origin, card.log)
    acts = [f"{moment(line.at)} {line.words}" for line in history if line.action in set(Action)]
    return "\n".join([*acts[-LAST_ACTS:], f"Сейчас: {status_label(card.status).lower()}."])
