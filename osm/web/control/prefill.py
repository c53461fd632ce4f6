"""What an urgent report says of a message, or of a burst, before anybody has typed: one press fills it in (П.20)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app

from osm.regulation.words import Action, Status, status_label
from osm.services.control.bursts import texts_of
from osm.services.control.urgent_told import MOST_LINKS, Told
from osm.settings import Settings
from osm.store.models import BurstKind, LinkState
from osm.store.queries.comments.copies import copies_of_message
from osm.store.queries.control import bursts
from osm.store.queries.control.bursts import BurstRow, TextOfBurst
from osm.store.queries.control.urgent import sources_of
from osm.store.queries.log.history import message_history
from osm.store.queries.log.when import in_full
from osm.store.queries.messages.card_parts import Card
from osm.store.queries.messages.links import links_of
from osm.web.filters import counted, moment

LONGEST_TEXT = 300
LONGEST_QUOTE, LONGEST_PLACE = 160, 300
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


def told_of_burst(row: BurstRow) -> Told:
    """The same of a burst: how many against the usual, in whose words, where, who prepares answers."""
    texts = texts_of(row.id)
    places = ", ".join(name for name, _ in bursts.names_of(row.id)[BurstKind.PLACE])
    links = [text.url for text in texts if text.url][:MOST_LINKS]
    return Told(
        what=_what_of_burst(row, texts),
        place=places[:LONGEST_PLACE],
        since_at=row.since,
        how_many=max(1, row.count),
        links="\n".join(links),
        workers=_workers_of_burst(row.id),
        done=_done_of_burst(row.id),
    )


def _what_of_burst(row: BurstRow, texts: Sequence[TextOfBurst]) -> str:
    quoted = [f"Пишут: «{_shortened(texts[0].text, LONGEST_QUOTE)}»"] if texts else []
    return "\n".join([f"{row.title}, {row.against}.", *quoted])


def _workers_of_burst(burst_id: int) -> str:
    lines = [
        f"{f'{name} ({department})' if department else name}{f', {phone}' if phone else ''} — "
        f"{counted(number, 'сообщение', 'сообщения', 'сообщений')}"
        for name, department, phone, number in bursts.workers_of(burst_id)
    ]
    return "\n".join(lines) or "Исполнитель ещё не назначен."


def _done_of_burst(burst_id: int) -> str:
    found = bursts.statuses_of(burst_id)
    where = "; ".join(f"{status_label(status).lower()} — {found[status]}" for status in Status if found.get(status))
    return f"Сообщения сейчас: {where}." if where else ""


def _shortened(text: str, longest: int = LONGEST_TEXT) -> str:
    bare = " ".join(text.split())
    return bare if len(bare) <= longest else bare[:longest].rsplit(" ", 1)[0] + "…"


def _workers(card: Card) -> str:
    lines = [", ".join(filter(None, (worker.named, worker.person.phone))) for worker in card.active]
    return "\n".join(lines) or "Исполнитель ещё не назначен."


def _done(card: Card) -> str:
    settings: Settings = current_app.extensions["osm_settings"]
    history = message_history(card.id, in_full(settings.time_zone), card.origin, card.log)
    acts = [f"{moment(line.at)} {line.words}" for line in history if line.action in set(Action)]
    return "\n".join([*acts[-LAST_ACTS:], f"Сейчас: {status_label(card.status).lower()}."])
